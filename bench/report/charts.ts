import { parse, View } from "vega";
import { compile, type TopLevelSpec } from "vega-lite";
import type { LoadReport, RowReport, SuiteReport } from "./report.ts";

export type Theme = "light" | "dark";

interface Palette {
  readonly text: string;
  readonly muted: string;
  readonly grid: string;
  readonly speed: string;
  readonly control: string;
  readonly primary: string;
  readonly workers: string;
}

/** Colours with enough contrast on the page's own background, which shows through. */
const palettes: Readonly<Record<Theme, Palette>> = {
  light: {
    text: "#1f2328",
    muted: "#59636e",
    grid: "#d1d9e0",
    speed: "#0969da",
    control: "#818b98",
    primary: "#bc4c00",
    workers: "#1a7f37",
  },
  dark: {
    text: "#e6edf3",
    muted: "#9198a1",
    grid: "#3d444d",
    speed: "#4493f8",
    control: "#656c76",
    primary: "#db6d28",
    workers: "#3fb950",
  },
};

const PANEL_WIDTH = 250;
const BAR_STEP = 22;

/** Bars of requests per second and of CPU time per request, for every load of the suite, as SVG. */
export async function drawSuite(suite: SuiteReport, theme: Theme): Promise<string> {
  const palette = palettes[theme];
  const spec: TopLevelSpec = {
    background: "transparent",
    // The picture as a whole has a description; one for every line of the grid only makes it large.
    config: { ...themeConfig(palette), aria: false },
    padding: 8,
    resolve: { scale: { color: "independent" } },
    vconcat: suite.loads
      .filter((load) => load.rows.some(isMeasured))
      .map((load) => loadPanels(suite, load, palette)),
  };
  const view = new View(parse(compile(spec).spec), { renderer: "none" });
  try {
    return await view.toSVG();
  } finally {
    view.finalize();
  }
}

const isMeasured = ({ figures }: RowReport): boolean => figures["requestsPerSecond"] !== undefined;

function loadPanels(suite: SuiteReport, load: LoadReport, palette: Palette) {
  const measured = load.rows.filter(isMeasured);
  const order = measured.map(labelOf);
  const y = { field: "server", type: "nominal", sort: order, title: null } as const;
  return {
    title: { text: load.title, anchor: "start", fontSize: 13 },
    spacing: 24,
    resolve: { scale: { color: "independent" } },
    hconcat: [
      {
        width: PANEL_WIDTH,
        height: { step: BAR_STEP },
        data: { values: measured.map((row) => speedDatum(suite, row)) },
        layer: [
          {
            mark: { type: "bar", cornerRadiusEnd: 2 },
            encoding: {
              y,
              x: { field: "median", type: "quantitative", title: `${load.unit}s per second` },
              color: {
                field: "role",
                type: "nominal",
                legend: null,
                scale: { domain: ["control", "other"], range: [palette.control, palette.speed] },
              },
            },
          },
          {
            mark: { type: "rule", color: palette.text, strokeWidth: 1.5 },
            encoding: { y, x: { field: "min", type: "quantitative" }, x2: { field: "max" } },
          },
        ],
      },
      {
        width: PANEL_WIDTH,
        height: { step: BAR_STEP },
        data: { values: measured.flatMap(cpuData) },
        mark: { type: "bar", cornerRadiusEnd: 2 },
        encoding: {
          y: { ...y, axis: null },
          x: { field: "micros", type: "quantitative", title: `CPU µs per ${load.unit}` },
          color: {
            field: "process",
            type: "nominal",
            title: null,
            scale: { domain: ["workers", "primary"], range: [palette.workers, palette.primary] },
          },
          order: { field: "order", type: "quantitative" },
        },
      },
    ],
  } satisfies TopLevelSpec;
}

/** A chart shows no Markdown. */
const labelOf = ({ serverTitle }: RowReport): string => serverTitle.replaceAll("`", "");

function speedDatum(suite: SuiteReport, row: RowReport) {
  const role = row.server === suite.control ? "control" : "other";
  return { server: labelOf(row), role, ...row.figures["requestsPerSecond"] };
}

function cpuData(row: RowReport) {
  const part = (process: "workers" | "primary", figure: string, order: number) => ({
    server: labelOf(row),
    process,
    order,
    micros: row.figures[figure]?.median ?? 0,
  });
  return [part("workers", "cpuWorkersMicros", 0), part("primary", "cpuPrimaryMicros", 1)];
}

function themeConfig({ text, muted, grid }: Palette) {
  return {
    font: "sans-serif",
    view: { stroke: null },
    title: { color: text },
    axis: {
      labelColor: text,
      titleColor: muted,
      titleFontWeight: "normal",
      gridColor: grid,
      domainColor: grid,
      tickColor: grid,
      labelLimit: 260,
    },
    axisX: { tickCount: 5, format: "~s" },
    axisY: { domain: false, ticks: false },
    legend: { labelColor: text, orient: "bottom" },
  } as const;
}
