export { RollcageError, type RollcageErrorCode, type RollcageErrorDetails } from "./errors.ts";
export { express, express as expressDefault, express as default } from "./express/express.ts";
