/**
 * What panels, overlays and readouts see of the viewer that they are part of. They reach the file and the state by
 * `model`, the pixels by `screen`; here is where things lie, what the pointer does, and how to get somewhere.
 */
import type { ViewerModel } from "./model.js";
import type { Placement, Screen, Viewport } from "./screen/screen.types.js";

/** What a drag on the picture does: `pan` moves the picture; the others tell listeners of `drag`. */
export type Tool = "pan" | "box" | "circle";

/** A place on the picture: 0-based pixels of the image (fractions count; centers are whole), CSS pixels of the canvas. */
export interface PicturePlace {
  readonly x: number;
  readonly y: number;
  readonly left: number;
  readonly top: number;
}

/** A drag with a tool other than `pan`. */
export interface Drag {
  readonly tool: Tool;
  readonly phase: "start" | "move" | "end" | "cancel";
  readonly from: PicturePlace;
  readonly to: PicturePlace;
  readonly shift: boolean;
}

export interface ViewerEvents {
  /** The picture lies elsewhere on the canvas, or the canvas has another size. */
  view: undefined;
  /** The pointer, or the crosshair of the keyboard, is elsewhere; undefined: it is nowhere. */
  place: PicturePlace | undefined;
  /** A click, a tap, or Enter at the crosshair. */
  click: PicturePlace;
  drag: Drag;
  tool: Tool;
  /** The panel that is open; undefined: none. */
  panel: string | undefined;
}

export interface Viewer {
  readonly model: ViewerModel;
  readonly screen: Screen;
  /** The view, with the zoom that "fit" stands for. */
  readonly viewport: Viewport;
  /** CSS pixels of the canvas. */
  readonly size: readonly [width: number, height: number];
  readonly placement: Placement;
  /** The pointer, or the crosshair. */
  readonly place: PicturePlace | undefined;
  /** Whether the place is the crosshair, of the keyboard or of "go to". */
  readonly hasCrosshair: boolean;
  /** Setting tells listeners of `tool`. */
  tool: Tool;
  /** Id of the open panel. Setting opens another one. */
  panel: string | undefined;
  /** Moves the 0-based pixel to the middle, and sets the crosshair there. Without `zoom` the zoom stays. */
  goTo(x: number, y: number, zoom?: number): void;
  /** Has overlays drawn again with the next frame. */
  redraw(): void;
  /** Has the readouts ask again for what they say of the place. */
  reread(): void;
  /** Says something to screen readers, politely. */
  say(text: string): void;
  /** Asks the user, beside the picture, whether something may be done. A question that comes later takes the place of this one. */
  ask(question: string, yes: string): Promise<boolean>;
  on<K extends keyof ViewerEvents>(event: K, listener: (news: ViewerEvents[K]) => void): () => void;
}

/** Something that is drawn over the picture, as SVG. */
export interface Overlay {
  /**
   * Draws into `layer`, a group of the overlay's own, in CSS pixels of the canvas. Called at most once a frame, when the
   * view has changed or after `viewer.redraw()`. Nothing of the layer takes the pointer unless it has `pointer-events`.
   */
  draw(layer: SVGGElement, placement: Placement, size: readonly [width: number, height: number]): void;
  /** Ends listening; the layer is removed. */
  close?(): void;
}

/** What a readout says of a pixel. */
export interface ReadoutLine {
  /** `RA Dec`, `ICRS`; short. */
  readonly label: string;
  /** As people read it, and as it is copied. */
  readonly text: string;
}

/** Says something of a pixel: its coordinates, for example. */
export interface Readout {
  /** Lines for a place, 0-based; at once or later. None where there is nothing to say. */
  lines(x: number, y: number, signal: AbortSignal): readonly ReadoutLine[] | Promise<readonly ReadoutLine[]>;
  close?(): void;
}

/**
 * Finds what people write into the field "go to": a position, a name. Answers with a 0-based pixel; undefined for text
 * that is of no kind that it knows. Throws FitsError, in one line, for a position outside the image.
 */
export type Finder = (
  text: string,
  viewer: Viewer,
  signal: AbortSignal,
) => Promise<{ readonly x: number; readonly y: number; readonly zoom?: number } | undefined>;
