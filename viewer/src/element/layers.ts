/**
 * What draws over the picture, says something of a pixel, and finds positions. Each part is loaded when it is wanted.
 */
import { hasSky } from "../sky/has-sky.js";
import type { Finder, Overlay, Readout, Viewer } from "../viewer.types.js";

export interface OverlayEntry {
  readonly id: string;
  /** Whether this overlay is wanted. Asked after each change of the state, the tool, the panel. */
  wanted(viewer: Viewer): boolean;
  load(viewer: Viewer): Promise<(viewer: Viewer) => Overlay>;
}

/** In the order in which they are drawn. */
export const overlays: readonly OverlayEntry[] = [
  {
    id: "grid",
    wanted: ({ model }) => model.state.grid && hasSky(model),
    load: async () => (await import("../sky/grid.js")).grid,
  },
  {
    id: "regions",
    wanted: ({ model, tool, panel }) =>
      model.state.regions.length > 0 || tool !== "pan" || panel === "regions",
    load: async () => (await import("../regions/overlay.js")).regionOverlay,
  },
  {
    id: "compass",
    wanted: ({ model }) => model.state.compass && hasSky(model),
    load: async () => (await import("../sky/marks.js")).compass,
  },
  {
    id: "scale bar",
    wanted: ({ model }) => model.state.scaleBar && hasSky(model),
    load: async (viewer) => {
      await calm(viewer);
      return (await import("../sky/marks.js")).scaleBar;
    },
  },
  {
    id: "points",
    wanted: ({ model }) => model.points.length > 0,
    load: async () => (await import("../sky/points.js")).pointsOverlay,
  },
  {
    id: "crosshair",
    wanted: () => true,
    load: async (viewer) => {
      await calm(viewer);
      return (await import("./crosshair.js")).crosshair;
    },
  },
];

export interface ReadoutEntry {
  readonly id: string;
  wanted(viewer: Viewer): boolean;
  load(): Promise<(viewer: Viewer) => Readout>;
}

/** In the order in which their lines stand, behind the value and the pixel. */
export const readouts: readonly ReadoutEntry[] = [
  {
    id: "coordinates",
    wanted: ({ model }) => model.image?.header.cards.some(({ keyword }) => /^CTYPE\d/.test(keyword)) ?? false,
    load: async () => (await import("../sky/readout.js")).coordinates,
  },
];

/** Asked one after the other, until one knows the text. Plain pixels are known without. */
export const finders: readonly { load(): Promise<Finder> }[] = [
  { load: async () => (await import("../sky/positions.js")).findPosition },
];

/** What a key does, loaded when the key is pressed. */
export interface Command {
  readonly keys: readonly string[];
  /** How the list of keys writes them. */
  readonly label: string;
  readonly what: string;
  load(): Promise<(viewer: Viewer) => void | Promise<void>>;
}

export const commands: readonly Command[] = [
  {
    keys: ["b"],
    label: "b",
    what: "Blink: the other of two HDUs, with the same view",
    load: async () => (await import("../sky/match.js")).blink,
  },
  {
    keys: ["Delete", "Backspace"],
    label: "Del",
    what: "Remove the region that is selected",
    load: async () => (await import("../regions/region-list.js")).removeSelected,
  },
];

/** Milliseconds after which what is not urgent loads, however long the picture takes. */
const longestWait = 5000;

/** Settles at first light: scripts that can wait leave the connections to the pixels. */
function calm({ screen }: Viewer): Promise<void> {
  if (screen.isLit) return Promise.resolve();
  return new Promise((resolve) => {
    const ends = [screen.on("firstlight", done), screen.on("idle", done)];
    const timer = setTimeout(done, longestWait);
    function done(): void {
      for (const end of ends) end();
      clearTimeout(timer);
      resolve();
    }
  });
}
