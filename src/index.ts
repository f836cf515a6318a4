export { RollcageError, type RollcageErrorCode, type RollcageErrorDetails } from "./errors.ts";
