/** The panels of a viewer, in their order. Each is loaded when it is opened. */
import type { Panel } from "./panel.js";

export interface PanelEntry {
  readonly id: string;
  readonly label: string;
  /** Paths of the icon, strokes on 16 x 16. */
  readonly icon: string;
  load(): Promise<new () => Panel>;
}

export const panels: readonly PanelEntry[] = [
  {
    id: "hdus",
    label: "HDUs",
    icon: "M2.5 3.5h11v3h-11zM2.5 9.5h11v3h-11z",
    load: async () => (await import("./hdus-panel.js")).HdusPanel,
  },
  {
    id: "header",
    label: "Header",
    icon: "M3 3.5h10M3 6.5h10M3 9.5h10M3 12.5h6",
    load: async () => (await import("./header-panel.js")).HeaderPanel,
  },
  {
    id: "sky",
    label: "Sky",
    icon: "M8 2.5a5.5 5.5 0 1 0 0 11a5.5 5.5 0 1 0 0-11M2.5 8h11M8 2.5c-3 3-3 8 0 11M8 2.5c3 3 3 8 0 11",
    load: async () => (await import("./sky-panel.js")).SkyPanel,
  },
  {
    id: "regions",
    label: "Regions",
    icon: "M2.5 3.5h6v6h-6zM10.5 7.5a3 3 0 1 1-2 5.2",
    load: async () => (await import("./regions-panel.js")).RegionsPanel,
  },
  {
    id: "table",
    label: "Table",
    icon: "M2.5 3.5h11v9h-11zM2.5 6.5h11M6.5 3.5v9M10 3.5v9",
    load: async () => (await import("./table-panel.js")).TablePanel,
  },
  {
    id: "histogram",
    label: "Histogram",
    icon: "M2.5 13.5v-3h2.5v3M5 13.5v-8h3v8M8 13.5v-11h2.5v11M10.5 13.5v-6h3v6z",
    load: async () => (await import("./histogram-panel.js")).HistogramPanel,
  },
  {
    id: "spectrum",
    label: "Spectrum",
    icon: "M2 11.5l2.5-1 1.5 1 2-8 2 9 1.5-3 2.5 1",
    load: async () => (await import("./spectrum-panel.js")).SpectrumPanel,
  },
  {
    id: "network",
    label: "Network",
    icon: "M4.5 13V3.5M2 6l2.5-2.5L7 6M11.5 3v9.5M9 10l2.5 2.5L14 10",
    load: async () => (await import("./network-panel.js")).NetworkPanel,
  },
];
