// The types of µWebSockets.js that this folder builds on. Nothing here loads the binary.
export type {
  HttpRequest,
  HttpResponse,
  MultipartField,
  RecognizedString,
  TemplatedApp,
  WebSocket,
  WebSocketBehavior,
  us_socket_context_t,
} from "uWebSockets.js";
