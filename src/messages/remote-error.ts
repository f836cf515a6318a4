/** An error on its way to another process: a raw `Error` would lose its code, details and cause. */
export interface RemoteError {
  readonly name: string;
  readonly message: string;
  readonly code?: string;
  readonly stack?: string;
}

export function toRemoteError(error: unknown): RemoteError {
  if (!(error instanceof Error)) return { name: "Error", message: String(error) };
  return {
    name: String(error.name),
    message: String(error.message),
    ...("code" in error && typeof error.code === "string" && { code: error.code }),
    ...(error.stack !== undefined && { stack: error.stack }),
  };
}

/** The error as it was, with the stack of the process that threw it. */
export function fromRemoteError(remote: RemoteError): Error {
  const error = new Error(remote.message);
  error.name = remote.name;
  if (typeof remote.stack === "string") error.stack = remote.stack;
  return typeof remote.code === "string" ? Object.assign(error, { code: remote.code }) : error;
}
