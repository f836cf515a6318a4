/** What a µWS app, or anything that wraps one, can do with topics. */
export interface TopicApp {
  publish(
    topic: string,
    message: string | Uint8Array,
    isBinary: boolean,
    compress?: boolean,
  ): unknown;
  numSubscribers(topic: string): number;
}

/** The topics of what was given to `startServer`: of the app itself, or of the µWS app inside it. */
export function findTopicApp(app: unknown): TopicApp | undefined {
  if (isTopicApp(app)) return app;
  if (typeof app !== "object" && typeof app !== "function") return undefined;
  const inner: unknown = app !== null && "uwsApp" in app ? app.uwsApp : undefined;
  return isTopicApp(inner) ? inner : undefined;
}

function isTopicApp(app: unknown): app is TopicApp {
  return (
    (typeof app === "object" || typeof app === "function") &&
    app !== null &&
    "publish" in app &&
    typeof app.publish === "function" &&
    "numSubscribers" in app &&
    typeof app.numSubscribers === "function"
  );
}
