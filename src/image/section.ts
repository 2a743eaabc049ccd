/**
 * Sections: which pixels of an image are wanted. The only place that reads FITS's own section syntax.
 */
import { checkList, checkText } from "../argument.js";
import { FitsError, printable } from "../errors.js";

/** Part of one axis as Python's `slice`: half-open, 0-based, negative indices counted from the end. */
export interface Slice {
  readonly start?: number | null;
  readonly stop?: number | null;
  readonly step?: number | null;
}

/**
 * What is wanted of one axis: an integer (the axis is dropped from the result), a `Slice`, the tuple
 * `[start, stop]` or `[start, stop, step]`, all of it (`null` or `":"`), or `"..."` for as many whole axes as fit.
 */
export type AxisSelector =
  | number
  | null
  | ":"
  | "..."
  | Slice
  | readonly [start: number | null, stop: number | null]
  | readonly [start: number | null, stop: number | null, step: number | null];

/**
 * What is wanted of an image: one selector per axis, slowest axis first (numpy's order; missing ones take the whole
 * axis), or the same as numpy writes it: `"1600:1950, 2000:2250"`, `"..., 5, ::2"`.
 */
export type Selection = string | readonly AxisSelector[];

/** A selection fitted to a shape: for every axis of the image `count` indices from `start`, `step` apart. */
export interface ResolvedSection {
  readonly start: readonly number[];
  readonly count: readonly number[];
  /** Never 0; may be negative. */
  readonly step: readonly number[];
  /** Axes taken at one index, absent from the result. */
  readonly dropped: readonly boolean[];
  /** Shape of the result: the counts of the axes that are not dropped. */
  readonly shape: readonly number[];
}

/** What is taken of one axis. */
interface Axis {
  readonly start: number;
  readonly count: number;
  readonly step: number;
  readonly dropped: boolean;
}

/**
 * Fits a selection to a shape (both slowest axis first). Slices are clipped to the axis as in numpy. Without a
 * selection all is taken. Throws BAD_SELECTION for an integer out of bounds, too many selectors, a zero step, text that
 * cannot be read (the empty text, too), and everything that is no selector: an unknown object never means the whole
 * axis.
 */
export function resolveSection(selection: Selection | undefined, shape: readonly number[]): ResolvedSection {
  const selectors = typeof selection === "string" ? parseSelection(selection) : (selection ?? []);
  if (!Array.isArray(selectors)) throw bad(`${shown(selectors)} is no selection; give a string, or an array`);
  const perAxis = fillEllipsis(selectors, shape);
  const axes = shape.map((length, axis) => resolveAxis(perAxis[axis]!, length, axis, shape));
  return {
    start: axes.map((a) => a.start),
    count: axes.map((a) => a.count),
    step: axes.map((a) => a.step),
    dropped: axes.map((a) => a.dropped),
    shape: axes.filter((a) => !a.dropped).map((a) => a.count),
  };
}

/**
 * Reads a section as numpy writes it: selectors between commas, each an integer, a slice `start:stop:step` or `...`.
 * Throws BAD_SELECTION.
 */
export function parseSelection(text: string): AxisSelector[] {
  if (text.trim() === "")
    throw bad('the text is empty; leave the section out for the whole image, or write "..."');
  const parts = text.split(",").map((part) => part.trim());
  if (parts.at(-1) === "") parts.pop();
  return parts.map((part) => parseSelector(part, text));
}

function parseSelector(part: string, text: string): AxisSelector {
  if (part === "...") return part;
  const bounds = part.split(":").map((bound) => bound.trim());
  if (part === "" || bounds.length > 3 || !bounds.every((bound) => /^([+-]?\d+)?$/.test(bound))) {
    throw bad(
      `cannot read ${shown(part)} in ${shown(text)}; write 10:20, ::2, 5, ... (FITS form: parseFitsSection)`,
    );
  }
  const [start, stop, step = null] = bounds.map((bound) => (bound === "" ? null : Number(bound)));
  return stop === undefined ? start! : [start!, stop, step];
}

/**
 * Reads a section as FITS files, cfitsio, IRAF and ds9 write it: `[x1:x2,y1:y2]`, 1-based, both ends included,
 * NAXIS1 first, with steps `x1:x2:s`; `*` is a whole axis, `-*` the same reversed, `x2 < x1` reversed too; a single
 * number drops its axis; missing axes are whole. (As in cfitsio `:2` is `*:2`.) `shape` is the image's, slowest axis
 * first. Answers with a selection in that order. Throws BAD_SELECTION, also for bounds outside the image.
 */
export function parseFitsSection(text: string, shape: readonly number[]): AxisSelector[] {
  checkText(text, "a section of FITS");
  checkList(shape, "a shape", "number");
  const inside = /^\s*\[([^[\]]*)\]\s*$/.exec(text)?.[1] ?? text;
  const parts = inside.split(",").map((part) => part.replace(/\s/g, ""));
  if (parts.length > shape.length) {
    throw bad(`${shown(text)} has ${parts.length} axes, but the image has ${shape.length} (NAXIS)`);
  }
  const selectors = shape.map((length, axis) => {
    const naxis = shape.length - axis;
    return fitsAxis(parts[naxis - 1] ?? "*", length, naxis, text);
  });
  return selectors;
}

function fitsAxis(part: string, length: number, naxis: number, text: string): AxisSelector {
  const whole = /^(-?\*)?(?::(\d+))?$/.exec(part);
  const range = /^(\d+)(?::(\d+))?(?::(\d+))?$/.exec(part);
  const step = Number(whole?.[2] ?? range?.[3] ?? 1);
  if (part === "" || !(whole || range)) {
    throw bad(`cannot read ${shown(part)} in ${shown(text)}; write it like 11:20, 11:20:2, * or -*`);
  }
  if (step === 0) throw bad(`step 0 on axis NAXIS${naxis} in ${text}`);
  if (whole) return whole[1] === "-*" ? [null, null, -step] : [null, null, step];
  const first = Number(range![1]);
  const last = Number(range![2] ?? first);
  for (const bound of [first, last]) {
    if (bound < 1 || bound > length) {
      throw bad(`${bound} in ${text} is outside NAXIS${naxis} = ${length} (1-based, NAXIS1 first)`);
    }
  }
  if (range![2] === undefined) return first - 1;
  // Half-open and descending, the stop below index 0 can only be written as "to the beginning".
  return first <= last ? [first - 1, last, step] : [first - 1, last >= 2 ? last - 2 : null, -step];
}

function fillEllipsis(selectors: readonly AxisSelector[], shape: readonly number[]): AxisSelector[] {
  const at = selectors.indexOf("...");
  const before = at < 0 ? selectors : selectors.slice(0, at);
  const after = at < 0 ? [] : selectors.slice(at + 1);
  const missing = shape.length - before.length - after.length;
  if (missing < 0) throw bad(`${before.length + after.length} selectors for ${imageOf(shape)}`);
  return [...before, ...new Array<null>(missing).fill(null), ...after];
}

function resolveAxis(selector: AxisSelector, length: number, axis: number, shape: readonly number[]): Axis {
  if (typeof selector === "number") {
    const start = selector < 0 ? selector + length : selector;
    if (Number.isInteger(start) && start >= 0 && start < length)
      return { start, count: 1, step: 1, dropped: true };
    throw bad(`index ${selector} is outside axis ${axis} of ${imageOf(shape)}, slowest axis first, 0-based`);
  }
  const slice = boundsOf(selector);
  if (!slice || slice.length < 2 || slice.length > 3) {
    const forms = "an integer, [start, stop], [start, stop, step], { start, stop, step } or null";
    throw bad(`cannot read ${shown(selector)} as the selector of axis ${axis}; give ${forms}`);
  }
  const [start, stop, step = 1] = slice.map((bound) => sliceNumber(bound, axis));
  if (step === 0 || !Number.isFinite(step)) throw bad(`step ${step} on axis ${axis}`);
  // Python's `slice.indices`.
  const lowest = step > 0 ? 0 : -1;
  const highest = step > 0 ? length : length - 1;
  const clip = (i: number): number => Math.min(Math.max(i < 0 ? i + length : i, lowest), highest);
  const from = clip(start ?? -step * Infinity);
  const to = clip(stop ?? step * Infinity);
  const count = Math.max(0, Math.ceil((to - from) / step));
  return { start: count === 0 ? 0 : from, count, step, dropped: false };
}

/** Start, stop and step; undefined for what is no selector. */
function boundsOf(selector: unknown): readonly unknown[] | undefined {
  if (selector === null || selector === ":") return [null, null];
  if (Array.isArray(selector)) return selector;
  if (!isSlice(selector)) return undefined;
  const { start, stop, step } = selector;
  return [start, stop, step];
}

/** Whether an object is a `Slice`: nothing of its own but start, stop and step (a Date or a Map has not even these). */
function isSlice(selector: unknown): selector is Slice {
  if (typeof selector !== "object" || selector === null || ArrayBuffer.isView(selector)) return false;
  const keys = Object.keys(selector);
  const prototype: unknown = Object.getPrototypeOf(selector);
  if (keys.length === 0 && prototype !== Object.prototype && prototype !== null) return false;
  return keys.every((key) => key === "start" || key === "stop" || key === "step");
}

/** What a caller gave, as messages show it, whatever it is. */
function shown(value: unknown): string {
  if (typeof value === "string") return printable(JSON.stringify(cut(value)));
  if (typeof value === "bigint") return `${value}n`;
  if (Array.isArray(value)) return cut(`[${value.slice(0, 4).map(shown).join(", ")}]`);
  if (typeof value !== "object" || value === null) return cut(printable(String(value)));
  const name: unknown = value.constructor?.name;
  if (typeof name === "string" && name !== "Object") return `an object of type ${cut(printable(name))}`;
  return cut(`{ ${Object.keys(value).slice(0, 4).map(printable).join(", ")} }`);
}

function cut(text: string): string {
  return text.length > 60 ? `${text.slice(0, 60)}...` : text;
}

function sliceNumber(value: unknown, axis: number): number | undefined {
  if (value === null || value === undefined) return undefined;
  // An open end is commonly written as Infinity.
  if (typeof value === "number" && (Number.isInteger(value) || Math.abs(value) === Infinity)) return value;
  throw bad(`${shown(value)} is not an integer (axis ${axis})`);
}

function imageOf(shape: readonly number[]): string {
  return `an image of shape (${shape.join(", ")})`;
}

function bad(message: string): FitsError {
  return new FitsError("BAD_SELECTION", `bad section: ${message}`);
}
