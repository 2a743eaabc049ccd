/** Which parts of a view go with an image, with any HDU, with each other. Pure. */
import type { ImageHdu } from "fitslice";
import { areCrossed, type ViewState, type WantedState } from "./state.js";

/** The pixel in the middle of an image; an image of one axis is a row. */
export function middleOf(image: ImageHdu): readonly [x: number, y: number] {
  const [width, height] = sizeOf(image);
  return [(width - 1) / 2, (height - 1) / 2];
}

function sizeOf({ shape }: ImageHdu): readonly [width: number, height: number] {
  return [shape.at(-1)!, shape.length > 1 ? shape.at(-2)! : 1];
}

/** What is wrong with a plane that the image does not have. */
export function planeMissing(image: ImageHdu | undefined, plane: readonly number[]): string | undefined {
  const leading = image?.shape.slice(0, -2) ?? [];
  if (plane.length === leading.length && plane.every((index, i) => index < leading[i]!)) return undefined;
  const planes = leading.length === 0 ? "one plane" : `planes of shape [${leading.join(", ")}]`;
  return `HDU ${image?.index ?? ""} has ${planes}; there is no plane [${plane.slice(0, 10).join(", ")}]`;
}

/** What an image can show of a view; what is wrong with the rest is added to `wrong`, a line for each. */
export function partsOfImage(
  image: ImageHdu | undefined,
  { hdu: _, ...wanted }: WantedState,
  wrong: string[],
): Partial<Omit<ViewState, "hdu">> {
  const { plane, center, ...rest } = wanted;
  if (!image) return rest;
  const noPlane = plane && planeMissing(image, plane);
  if (noPlane) wrong.push(noPlane);
  const [width, height] = sizeOf(image);
  const isOutside =
    center && !(center[0] >= -1 && center[1] >= -1 && center[0] <= width && center[1] <= height);
  if (isOutside)
    wrong.push(
      `pixel ${center.map((at) => at + 1).join(", ")} is not in the image of ${width} x ${height} pixels, which is shown whole`,
    );
  return {
    ...rest,
    ...(plane && !noPlane && { plane }),
    ...(center && !isOutside && { center }),
    ...(isOutside && { zoom: 0 }),
  };
}

/** What of a view goes with any HDU: how values and the sky are shown. */
export function partsOfAny({ plane: _, center: __, zoom: ___, ...rest }: WantedState): WantedState {
  return rest;
}

/** The limit that a change of the other one crosses is left to the rule. */
export function uncrossed(
  before: ViewState,
  given: { readonly vmin?: number | undefined; readonly vmax?: number | undefined },
): { readonly vmin?: undefined; readonly vmax?: undefined } {
  const { vmin, vmax } = { ...before, ...given };
  if (!areCrossed(vmin, vmax)) return {};
  if (!Object.hasOwn(given, "vmin")) return { vmin: undefined };
  return Object.hasOwn(given, "vmax") ? {} : { vmax: undefined };
}

/** Whether an image is a line of pixels along its last axis, as most spectra are. */
export function isLine(shape: readonly number[]): boolean {
  return shape.length > 0 && shape.at(-1)! > 1 && shape.slice(0, -1).every((length) => length === 1);
}
