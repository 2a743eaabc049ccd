/** The attributes of the element: how each is read into a part of the view. */
import { FitsError } from "fitslice";
import type { FitsViewerView } from "../public.js";
import { checkState, firstState, type ViewState, type WantedState } from "../state.js";

type Reader = (text: string, name: string) => unknown;

const text: Reader = (given) => given;
const flag: Reader = (given) => given.trim().toLowerCase() !== "false";
const number: Reader = (given, name) => {
  const value = given.trim() === "" ? Number.NaN : Number(given);
  if (Number.isFinite(value)) return value;
  throw new FitsError("BAD_ARGUMENT", `the attribute ${name} is a number, not "${given.slice(0, 60)}"`);
};
const numbers: Reader = (given, name) =>
  given
    .trim()
    .split(/[\s,]+/)
    .map((part) => number(part, name));
const hdu: Reader = (given) => (/^-?\d+$/.test(given.trim()) ? Number(given) : given);

/** By attribute; all but `src`. */
export const viewAttributes: Readonly<Record<string, readonly [keyof FitsViewerView, Reader]>> = {
  hdu: ["hdu", hdu],
  plane: ["plane", numbers],
  center: ["center", numbers],
  zoom: ["zoom", number],
  stretch: ["stretch", text],
  limits: ["limits", text],
  vmin: ["vmin", number],
  vmax: ["vmax", number],
  colormap: ["colormap", text],
  invert: ["invert", flag],
  frame: ["frame", text],
  grid: ["grid", flag],
  compass: ["compass", flag],
  "scale-bar": ["scaleBar", flag],
};

/** What an attribute says of the view; one that was removed, that this part is as at first. Throws BAD_ARGUMENT. */
export function viewOfAttribute(name: string, value: string | null): FitsViewerView {
  const [key, read] = viewAttributes[name]!;
  return { [key]: value === null ? undefined : read(value, name) };
}

/** A view as the model takes it: what is undefined is as at first. Throws BAD_ARGUMENT. */
export function wantedOf(view: FitsViewerView): WantedState {
  checkState(view as WantedState);
  const parts = Object.entries(view).map(([key, value]) => [
    key,
    value ?? firstState[key as keyof ViewState],
  ]);
  const wanted = Object.fromEntries(parts) as WantedState;
  // Of these the first state knows nothing: they depend on the file.
  for (const key of ["hdu", "plane", "center"] as const)
    if (view[key] === undefined) delete wanted[key as never];
  return wanted;
}
