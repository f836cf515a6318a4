import type { Exchange } from "../exchange/exchange.ts";
import { answerStatus } from "../handlers/answer-error.ts";
import { addHeader, getHeader, hasHeader, setStatus } from "../response/head.ts";
import { statusLine } from "../response/status-line.ts";
import { endWithoutBody } from "../response/write.ts";
import { evaluateConditions, type ConditionResult, type Validators } from "./conditional.ts";
import { addContentRange, sendParts, type Content } from "./content.ts";
import { resolveRange } from "./range.ts";
import type { Representation } from "./representation.ts";

/** Answers with a representation, or a part of it, or with what the client's conditions make of it. */
export function answerFile(
  exchange: Exchange,
  representation: Representation,
  content: Content,
): void | Promise<void> {
  const { validators, sizeBytes } = representation;
  const conditions = judgeConditions(exchange, validators);
  if (conditions === "failed") return answerStatus(exchange, 412);
  if (conditions === "not-modified") {
    setStatus(exchange, statusLine(304));
    noteHeaders(exchange, representation.headersWithoutBody);
    return endWithoutBody(exchange, undefined, false);
  }
  const whole = { start: 0, end: sizeBytes - 1 };
  const wanted = exchange.requestHeader("range");
  const range =
    wanted === ""
      ? undefined
      : resolveRange(wanted, exchange.requestHeader("if-range"), { sizeBytes, validators });
  if (range === undefined || range.kind === "whole") {
    noteHeaders(exchange, representation.headers);
    return content.send(exchange, whole);
  }
  if (range.kind === "unsatisfiable") {
    addHeader(exchange, "content-range", `bytes */${sizeBytes}`);
    return answerStatus(exchange, 416);
  }
  noteHeaders(exchange, representation.headers);
  setStatus(exchange, statusLine(206));
  const [first, second] = range.ranges;
  if (first !== undefined && second === undefined) {
    addContentRange(exchange, first, sizeBytes);
    return content.send(exchange, first);
  }
  const type = getHeader(exchange, "content-type") ?? "";
  return sendParts(exchange, content, { ranges: range.ranges, sizeBytes, type });
}

function judgeConditions(exchange: Exchange, validators: Validators): ConditionResult {
  return evaluateConditions(
    {
      ifMatch: exchange.requestHeader("if-match"),
      ifUnmodifiedSince: exchange.requestHeader("if-unmodified-since"),
      ifNoneMatch: exchange.requestHeader("if-none-match"),
      ifModifiedSince: exchange.requestHeader("if-modified-since"),
      cacheControl: exchange.requestHeader("cache-control"),
    },
    validators,
  );
}

/** What a plugin or the application has set already stays as it is. */
function noteHeaders(exchange: Exchange, headers: readonly string[]): void {
  const noted = exchange.headers;
  if (noted === undefined) {
    // A copy, because the list grows and is written to with the answer.
    exchange.headers = headers.slice();
    return;
  }
  for (let index = 0; index < headers.length; index += 2) {
    const name = headers[index]!;
    if (!hasHeader(exchange, name)) noted.push(name, headers[index + 1]!);
  }
}
