import { parseBody, type SafeHandlerFunction } from "../../safety/index.ts";
import { findUser, largeJson, userOf } from "./data.ts";

/** The handlers that `safeHandler` and `createApp` run. */
export const user: SafeHandlerFunction = (res, req) => {
  res.json(userOf(req.getParameter(0) ?? ""));
};

export const wait: SafeHandlerFunction = async (res, req) => {
  res.json(await findUser(req.getParameter(0) ?? ""));
};

export const late: SafeHandlerFunction = async (res, req) => {
  const found = await findUser(req.getParameter(0) ?? "");
  res.json({ ...found, accept: req.getHeader("accept") });
};

export const echo: SafeHandlerFunction = async (res) => {
  res.send(await parseBody(res), { type: "text/plain" });
};

export const large: SafeHandlerFunction = (res) => {
  res.send(largeJson, { type: "application/json" });
};
