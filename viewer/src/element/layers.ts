/**
 * What draws over the picture, says something of a pixel, and finds positions. Each part is loaded when it is wanted.
 */
import type { Finder, Overlay, Readout, Viewer } from "../viewer.types.js";

export interface OverlayEntry {
  readonly id: string;
  /** Whether the state of the view wants this overlay. Asked after each change. */
  wanted(viewer: Viewer): boolean;
  load(): Promise<(viewer: Viewer) => Overlay>;
}

/** In the order in which they are drawn. */
export const overlays: readonly OverlayEntry[] = [
  {
    id: "points",
    wanted: ({ model }) => model.points.length > 0,
    load: async () => (await import("../sky/points.js")).pointsOverlay,
  },
  { id: "crosshair", wanted: () => true, load: async () => (await import("./crosshair.js")).crosshair },
];

export interface ReadoutEntry {
  readonly id: string;
  wanted(viewer: Viewer): boolean;
  load(): Promise<(viewer: Viewer) => Readout>;
}

/** In the order in which their lines stand, behind the value and the pixel. */
export const readouts: readonly ReadoutEntry[] = [];

/** Asked one after the other, until one knows the text. Plain pixels are known without. */
export const finders: readonly { load(): Promise<Finder> }[] = [];
