/** Parameters that are plain names: arrow functions and functions, async or not. */
const head =
  /^(?:async\b\s*)?(?:function\b\s*[\w$]*\s*)?(?:\(([\w$\s,]*)\)\s*(?:=>|\{)|([\w$]+)\s*=>)/;

/** What could read the request in ways that names do not show. */
const unreadable = /\barguments\b|\beval\b|\\u|\[native code\]/;

/** Where code begins that may run later, or twice: a suspension, a nested function, a loop. */
const later = /\b(?:await|yield|function|class|for|while|do)\b|=>|\)\s*(?:\{|\/[/*])/;

const directRead =
  /^\.(?:getHeader|getParameter|getUrl|getMethod|getCaseSensitiveMethod|getQuery|forEach)\(/;

/**
 * Whether a handler may read its request after it has first returned, judged by its source. Every doubt counts
 * as yes, so a `false` is a proof: all uses of the request are calls of its methods, and stand in front of
 * everything that may run later, or among the arguments of the first call that is awaited.
 *
 * Copying a request is what costs most of all that a safe handler does; few handlers need the copy.
 */
export function mayReadLater(handler: (...args: never[]) => unknown): boolean {
  const source = Function.prototype.toString.call(handler);
  const match = head.exec(source);
  if (match === null || unreadable.test(source)) return true;
  const names = (match[1] ?? match[2] ?? "").split(",").map((name) => name.trim());
  const request = names[1];
  if (request === undefined || request === "") return false;
  const body = source.slice(match[0].length);
  const safe = safeLength(body);
  for (const { index } of body.matchAll(mentionsOf(request))) {
    if (index >= safe || !directRead.test(body.slice(index + request.length))) return true;
  }
  return false;
}

function mentionsOf(name: string): RegExp {
  return new RegExp(`(?<![\\w$])${name.replaceAll("$", "\\$")}(?![\\w$])`, "g");
}

/** How much of a body runs in the first tick for certain. */
function safeLength(body: string): number {
  const found = later.exec(body);
  if (found === null) return body.length;
  if (found[0] !== "await") return found.index;
  const operand = /^await\s+[\w$.]+\(/.exec(body.slice(found.index));
  if (operand === null) return found.index;
  const start = found.index + operand[0].length;
  return start + argumentsLength(body.slice(start));
}

/** Up to the closing parenthesis; 0 where the arguments hold more than names, calls and simple strings. */
function argumentsLength(text: string): number {
  const simple = /"[^"\\\n]*"|'[^'\\\n]*'|[()]|[`/\\"']/g;
  let depth = 1;
  for (const { 0: token, index } of text.matchAll(simple)) {
    if (token === "(") depth++;
    else if (token === ")" && --depth === 0) return later.test(text.slice(0, index)) ? 0 : index;
    else if (token.length === 1 && token !== ")") return 0;
  }
  return 0;
}
