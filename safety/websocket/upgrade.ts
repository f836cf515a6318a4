import { formatAddress } from "../../src/internal/format-address.ts";
import { isThenable } from "../../src/internal/is-thenable.ts";
import { HttpError } from "../errors.ts";
import type { SafeRequest } from "../request/safe-request.ts";
import type { SafeResponse } from "../response/safe-response.ts";
import type { RecognizedString, us_socket_context_t } from "../uws-types.ts";
import type { SafeWebSocketBehavior, UpgradeResponse } from "./behavior.ts";
import { negotiateProtocol } from "./protocol.ts";
import { INTERNAL_ERROR, type Handshake, type SafeWebSocket } from "./safe-socket.ts";
import { toText } from "./topics.ts";

/** What we keep with a native socket. */
export interface SocketState<UserData> {
  readonly handshake: Handshake<UserData>;
  /** Made when the socket opens. */
  safe: SafeWebSocket<UserData> | undefined;
}

/** µWS copies the properties of the user data onto its socket. */
export interface NativeUserData<UserData> {
  readonly rollcage: SocketState<UserData>;
}

/** 16 bytes in base64. */
const KEY = /^[A-Za-z0-9+/]{22}==$/u;

/** Checks the handshake, which µWS does not, and leaves the decision to the application. */
export function handleUpgrade<UserData>(
  upgrade: SafeWebSocketBehavior<UserData>["upgrade"],
  {
    res,
    req,
    context,
    brotli,
  }: {
    res: SafeResponse;
    req: SafeRequest;
    context: us_socket_context_t;
    brotli: boolean;
  },
): unknown {
  checkHandshake(req);
  const accept = res.upgrade.bind(res);
  const url = req.getUrl();
  const remoteAddress = formatAddress(new Uint8Array(res.getRemoteAddress())) ?? "";
  let accepted: SocketState<UserData> | undefined;
  const accepting: UpgradeResponse<UserData> = Object.assign(res, {
    upgrade(
      data: UserData,
      key: RecognizedString = req.getHeader("sec-websocket-key"),
      protocol: RecognizedString = req.getHeader("sec-websocket-protocol"),
      extensions: RecognizedString = req.getHeader("sec-websocket-extensions"),
    ): void {
      const offered = req.getHeader("sec-websocket-protocol");
      const { answer, isBrotli } = negotiateProtocol(offered, toText(protocol), brotli);
      const handshake: Handshake<UserData> = { data, remoteAddress, url, isBrotli };
      const rollcage: SocketState<UserData> = { handshake, safe: undefined };
      // Headers without a status would go out under "200 OK".
      res.writeStatus("101 Switching Protocols");
      accepted ??= rollcage;
      accept<NativeUserData<UserData>>({ rollcage }, key, answer, extensions, context);
    },
  });
  if (upgrade === undefined) {
    // Without an upgrade callback there is nobody who could have promised more than an empty object.
    accepting.upgrade({} as UserData);
    return undefined;
  }
  /** Who has accepted before has no status left to refuse with. */
  const fail = (error: unknown): never => {
    accepted?.safe?.end(INTERNAL_ERROR, "internal error");
    throw error;
  };
  try {
    const result = upgrade(accepting, req, context);
    return isThenable(result) ? result.then(undefined, fail) : result;
  } catch (error) {
    return fail(error);
  }
}

/** @throws {HttpError} For what RFC 6455 section 4.2.1 asks a server to refuse. */
function checkHandshake(req: SafeRequest): void {
  if (req.getHeader("sec-websocket-version") !== "13") {
    const headers = { "sec-websocket-version": "13" };
    throw new HttpError(426, "expected WebSocket version 13", { headers });
  }
  if (!KEY.test(req.getHeader("sec-websocket-key"))) {
    throw new HttpError(400, "expected a Sec-WebSocket-Key of 16 bytes");
  }
  if (!hasToken(req.getHeader("connection"), "upgrade")) {
    throw new HttpError(400, "expected Connection: Upgrade");
  }
  if (!hasToken(req.getHeader("upgrade"), "websocket")) {
    throw new HttpError(400, "expected Upgrade: websocket");
  }
}

function hasToken(list: string, token: string): boolean {
  return list.split(",").some((item) => item.trim().toLowerCase() === token);
}
