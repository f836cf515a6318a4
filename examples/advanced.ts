// A balancer of one's own: under /api a session stays on its worker, elsewhere the worker with the
// least CPU time used takes the connection. Metrics go to an OpenTelemetry meter.
import {
  ConsoleMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from "@opentelemetry/sdk-metrics";
import { createOpenTelemetrySink, OtelMeterAdapter } from "defuss-open-telemetry";
import {
  createConsistentHashLoadBalancer,
  createResourceAwareLoadBalancer,
  express,
  startServer,
  type LoadBalancerFunction,
} from "rollcage";

const HEARTBEAT_MS = 30_000;

const bySession = createConsistentHashLoadBalancer({ key: { header: "x-session-id" } });
const byCpu = createResourceAwareLoadBalancer({ cpuWeight: 1, connectionWeight: 0, heapWeight: 0 });

const loadBalancer: LoadBalancerFunction = (context) =>
  context.request.path?.startsWith("/api/") ? bySession(context) : byCpu(context);

// OTEL_METRIC_EXPORT_INTERVAL is OpenTelemetry's own variable, in milliseconds.
const meters = new MeterProvider({
  readers: [
    new PeriodicExportingMetricReader({
      exporter: new ConsoleMetricExporter(),
      exportIntervalMillis: Number(process.env["OTEL_METRIC_EXPORT_INTERVAL"] ?? HEARTBEAT_MS),
    }),
  ],
});

const app = express({ threads: 0 });

app.get("/", (_req, res) => {
  res.json({ worker: process.pid });
});

// What a session keeps in memory is there again at its next request, as long as the worker lives.
const visits = new Map<string, number>();
app.get("/api/visits", (req, res) => {
  const session = req.get("x-session-id");
  if (session === undefined) {
    res.status(400).json({ error: "expected the header x-session-id" });
    return;
  }
  const count = (visits.get(session) ?? 0) + 1;
  visits.set(session, count);
  res.json({ worker: process.pid, visits: count });
});

const { mode, port, transport, workers } = await startServer(app, {
  loadBalancer,
  workerHeartbeatIntervalMs: HEARTBEAT_MS,
  telemetry: createOpenTelemetrySink({
    meter: new OtelMeterAdapter(meters.getMeter("rollcage-example")),
    prefix: "rollcage.",
  }),
});

if (mode === "primary") {
  console.log(`http://localhost:${port} (transport ${transport}, ${workers} workers)`);
}
