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
];
