import type { Answer, RequestOptions } from "./send-request.ts";
import { sendRequest } from "./send-request.ts";
import { startApp, type App, type Express, type Flavour } from "./express-flavours.ts";

export interface BuildContext {
  readonly app: App;
  readonly express: Express;
  /** Keeps something that the server side has seen. */
  readonly observe: (value: unknown) => void;
}

type Given<T> = T | ((previous: readonly Answer[]) => T);

export interface Exchange extends Omit<RequestOptions, "headers"> {
  /** @default "/" */
  readonly path?: string;
  /** May be made of what came before, as cookies are. */
  readonly headers?: Given<Record<string, string>>;
}

/** One app and what is asked of it. */
export interface Comparison {
  readonly name: string;
  readonly build: (context: BuildContext) => void | AsyncDisposable;
  readonly exchanges: readonly Exchange[];
  /** Headers of the answer that may differ in this case, and nowhere else. */
  readonly ignoredHeaders?: readonly string[];
  /** Makes values that change from run to run the same. */
  readonly normalize?: (text: string) => string;
}

export interface Outcome {
  readonly answers: readonly object[];
  readonly observed: readonly unknown[];
}

/** Headers of the connection and of the server, not of the answer. */
const ALWAYS_IGNORED = ["connection", "date", "keep-alive", "transfer-encoding", "x-powered-by"];

/** Runs the app on one Express and says what came of it, in a form that can be compared. */
export async function outcomeOn(flavour: Flavour, comparison: Comparison): Promise<Outcome> {
  const observed: unknown[] = [];
  let resources: AsyncDisposable | undefined;
  const answers: Answer[] = [];
  {
    await using running = await startApp(flavour, (app, express) => {
      const context = { app, express, observe: (value: unknown) => void observed.push(value) };
      resources = comparison.build(context) ?? undefined;
    });
    for (const { path = "/", headers, ...options } of comparison.exchanges) {
      const given = typeof headers === "function" ? headers(answers) : headers;
      answers.push(await sendRequest(running.url + path, { ...options, headers: given ?? {} }));
    }
  }
  await resources?.[Symbol.asyncDispose]();
  return { answers: answers.map((answer) => comparable(answer, comparison)), observed };
}

function comparable(answer: Answer, { ignoredHeaders = [], normalize }: Comparison): object {
  const ignored = new Set([...ALWAYS_IGNORED, ...ignoredHeaders]);
  const entries = Object.entries(answer.headers).filter(([name]) => !ignored.has(name));
  const type = answer.headers["content-type"];
  const outcome = {
    status: answer.status,
    headers: {
      ...Object.fromEntries(entries),
      // The name of a charset has no case.
      ...(type !== undefined && { "content-type": type.toLowerCase() }),
    },
    body: answer.body.toString("latin1"),
  };
  return normalize === undefined ? outcome : JSON.parse(normalize(JSON.stringify(outcome)));
}
