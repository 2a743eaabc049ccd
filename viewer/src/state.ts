/** What a view shows, as plain data: a link holds it, and restores it exactly. */
import { FitsError, type HduSelector } from "fitslice";
import { checkLook, type LimitsRule, type Stretch } from "fitslice/picture";

/** Frames of the readout and of the grid; `header` is the frame of the image's own coordinates. */
export type SkyFrame = "header" | "icrs" | "fk5" | "fk4" | "galactic" | "ecliptic";
export const skyFrames: readonly SkyFrame[] = ["header", "icrs", "fk5", "fk4", "galactic", "ecliptic"];

export interface ViewState {
  /** Index of the HDU that is shown; undefined before a file is open. */
  readonly hdu: number | undefined;
  /** Indices of the axes before the last two, slowest axis first: the plane of a cube. */
  readonly plane: readonly number[];
  /** The pixel, 0-based `[x, y]` (x along NAXIS1), in the middle of the canvas. Pixel centers are whole numbers. */
  readonly center: readonly [x: number, y: number];
  /** CSS pixels a pixel of the image; 0 fits the image into the canvas. */
  readonly zoom: number;
  readonly stretch: Stretch;
  /** How limits are found; `vmin` and `vmax` take the place of those found. */
  readonly limits: LimitsRule;
  readonly vmin: number | undefined;
  readonly vmax: number | undefined;
  /** A name of `colormaps` of fitslice/picture, without `_r`. */
  readonly colormap: string;
  readonly invert: boolean;
  readonly frame: SkyFrame;
  readonly grid: boolean;
  readonly compass: boolean;
  readonly scaleBar: boolean;
  /** Regions in ds9's text, one in a line. */
  readonly regions: readonly string[];
}

export const firstState: ViewState = {
  hdu: undefined,
  plane: [],
  center: [0, 0],
  zoom: 0,
  stretch: "asinh",
  limits: "zscale",
  vmin: undefined,
  vmax: undefined,
  colormap: "gray",
  invert: false,
  frame: "header",
  grid: false,
  compass: false,
  scaleBar: true,
  regions: [],
};

/** A part of a state, to be shown; an HDU may be named. */
export type WantedState = Partial<Omit<ViewState, "hdu">> & { readonly hdu?: HduSelector | undefined };

/** CSS pixels a pixel of the image, at most. */
export const mostZoom = 256;

const isIndex = (value: unknown): boolean => Number.isSafeInteger(value) && (value as number) >= 0;
const isFlag = (value: unknown): boolean => typeof value === "boolean";
const isLimit = (value: unknown): boolean => value === undefined || Number.isFinite(value);
const isText = (value: unknown): boolean => typeof value === "string";

/** What each part of a state must be: a test, and the words for that. */
const rules: Readonly<Record<keyof ViewState, readonly [is: (value: unknown) => boolean, words: string]>> = {
  hdu: [
    (value) =>
      Number.isSafeInteger(value) ||
      (isText(value) && value !== "") ||
      (Array.isArray(value) && value.length === 2 && isText(value[0]) && Number.isSafeInteger(value[1])),
    "an index, a name, or a name and a version",
  ],
  plane: [
    (value) => Array.isArray(value) && value.length < 1000 && value.every(isIndex),
    "a list of indices from 0",
  ],
  center: [
    (value) => Array.isArray(value) && value.length === 2 && value.every(Number.isFinite),
    "a pixel x, y",
  ],
  zoom: [
    (value) => Number.isFinite(value) && (value as number) >= 0 && (value as number) <= mostZoom,
    `a number from 0 (fit) to ${mostZoom}`,
  ],
  stretch: [isText, "the name of a stretch"],
  limits: [isText, "a rule for limits"],
  vmin: [isLimit, "a number"],
  vmax: [isLimit, "a number"],
  colormap: [isText, "the name of a color map"],
  invert: [isFlag, "true or false"],
  frame: [(value) => (skyFrames as readonly unknown[]).includes(value), `one of ${skyFrames.join(", ")}`],
  grid: [isFlag, "true or false"],
  compass: [isFlag, "true or false"],
  scaleBar: [isFlag, "true or false"],
  regions: [(value) => Array.isArray(value) && value.every(isText), "a list of regions"],
};

/** Throws BAD_ARGUMENT, in one line, where a part of a state is not what the part can be. */
export function checkState(wanted: WantedState): void {
  for (const [key, value] of Object.entries(wanted)) {
    const rule = rules[key as keyof ViewState];
    if (!rule) throw new FitsError("BAD_ARGUMENT", `a view has no "${key.slice(0, 40)}"`);
    if (value !== undefined && !rule[0](value))
      throw new FitsError("BAD_ARGUMENT", `${key} of a view is ${rule[1]}, not ${shown(value)}`);
  }
  const { stretch, limits, colormap, vmin, vmax } = wanted;
  checkLook({ stretch, limits, colormap });
  if (areCrossed(vmin, vmax))
    throw new FitsError("BAD_ARGUMENT", `vmin of a view lies below vmax; ${vmin} is above ${vmax}`);
}

/** Whether one limit is above the other: a picture of nothing. */
export function areCrossed(vmin: number | undefined, vmax: number | undefined): boolean {
  return vmin !== undefined && vmax !== undefined && vmin > vmax;
}

/** The parts that a state can have. What is wrong with the others is added to `wrong`, a line for each. */
export function soundParts(wanted: WantedState, wrong: string[]): WantedState {
  const isSound = (part: WantedState): boolean => {
    try {
      checkState(part);
      return true;
    } catch (error) {
      wrong.push((error as Error).message);
      return false;
    }
  };
  const sound: WantedState = Object.fromEntries(
    Object.entries(wanted).filter(([key, value]) => isSound({ [key]: value })),
  );
  const { vmin, vmax, ...rest } = sound;
  return isSound({ vmin, vmax }) ? sound : rest;
}

function shown(value: unknown): string {
  const text = isText(value)
    ? `"${value}"`
    : String((typeof value === "object" && JSON.stringify(value)) || value);
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}
