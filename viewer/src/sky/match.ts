/** Blinks two HDUs: the same part of the sky, as large, where both have coordinates; else the same pixels. */
import { FitsError, type ImageHdu } from "fitslice";
import { type Celestial, convertPoint, orientationAt } from "fitslice/wcs";
import type { ViewerModel } from "../model.js";
import { mostZoom, type ViewState } from "../state.js";
import type { Viewer } from "../viewer.types.js";
import { imageWcs } from "./image-wcs.js";
import { pictureSky } from "./picture-sky.js";

/** A part of an image: the 0-based pixel in the middle, CSS pixels a pixel of the image. */
export interface View {
  readonly center: readonly [x: number, y: number];
  readonly zoom: number;
}

/** The view of another image that shows the same sky, as large; undefined where the other image has no place for it. */
export function matchedView(view: View, from: Celestial, to: Celestial): View | undefined {
  const sky = convertPoint(from.toSky(...view.center), from.frame, to.frame);
  const center = sky && to.toPixel(...sky);
  if (!center) return undefined;
  const [before, after] = [scaleAt(from, view.center), scaleAt(to, center)];
  if (before === undefined || after === undefined) return undefined;
  return { center, zoom: (view.zoom * after) / before };
}

/** Degrees a pixel, the mean of both axes. */
function scaleAt(celestial: Celestial, [x, y]: readonly [number, number]): number | undefined {
  const scale = orientationAt(celestial, x, y)?.scale;
  return scale && Math.sqrt(scale[0] * scale[1]);
}

/** The HDU that a viewer blinks with. */
interface Partner {
  readonly index: number;
  /** Its view when it was left. Restored where the image that came in its place is still seen as it came. */
  readonly left?: Seen;
  readonly came?: Seen;
}

type Seen = Pick<ViewerModel, "image"> & Pick<ViewState, "center" | "zoom" | "plane">;

const partners = new WeakMap<Viewer, Partner>();

/** The index of the HDU that `blink` shows next; undefined where none was chosen. */
export function blinkPartner(viewer: Viewer): number | undefined {
  return partners.get(viewer)?.index;
}

/** Chooses the HDU to blink with. */
export function setBlinkPartner(viewer: Viewer, index: number | undefined): void {
  if (index === undefined) partners.delete(viewer);
  else partners.set(viewer, { index });
}

/** The images that the one that is shown can be blinked with, by index. */
export function blinkChoices({ model }: Viewer): number[] {
  return model.hdus
    .filter(
      ({ index, type, shape }) =>
        index !== model.state.hdu &&
        (type === "PRIMARY" || type === "IMAGE" || type === "COMPRESSED_IMAGE") &&
        shape.length > 1 &&
        !shape.includes(0),
    )
    .map(({ index }) => index);
}

/**
 * Shows the other of two HDUs, with the same view. Without a choice the other one is the next image of the file. Tells an
 * error of the model where there is none, or where it does not show this part of the sky.
 */
export async function blink(viewer: Viewer): Promise<void> {
  const { model } = viewer;
  const { fits, image } = model;
  if (!fits || !image) return;
  try {
    let next = partners.get(viewer)?.index;
    if (next === undefined || next === image.index || !fits.known.some(({ index }) => index === next)) {
      await model.findHdus();
      const choices = blinkChoices(viewer);
      next = choices.find((index) => index > image.index) ?? choices[0];
    }
    if (next === undefined)
      throw new FitsError("NO_SUCH_HDU", "there is no other image in this file to blink with");
    const other = await fits.image(next);
    const view: View & Partial<Seen> = viewBefore(viewer, other) ?? (await viewOf(viewer, image, other));
    if (model.image !== image) return;
    const left = seenNow(model);
    const { center, zoom, plane = hasSamePlanes(image, other) ? left.plane : undefined } = view;
    await model.select(next, { center, zoom: Math.min(mostZoom, zoom), ...(plane && { plane }) });
    if (model.image !== other) return;
    partners.set(viewer, { index: image.index, left, came: seenNow(model) });
    viewer.say(`HDU ${next}${other.name ? `, ${other.name}` : ""}`);
  } catch (error) {
    model.emit("error", error as Error);
  }
}

function seenNow({ image, state: { center, zoom, plane } }: ViewerModel): Seen {
  return { image, center, zoom, plane };
}

const textOf = ({ center, zoom, plane }: Seen): string => JSON.stringify([center, zoom, plane]);

const hasSamePlanes = ({ shape }: ImageHdu, other: ImageHdu): boolean =>
  shape.slice(0, -2).join() === other.shape.slice(0, -2).join();

/** The view of the other image when it was left, where nothing has moved since: there and back is exact. */
function viewBefore(viewer: Viewer, other: ImageHdu): Seen | undefined {
  const { left, came } = partners.get(viewer) ?? {};
  const now = seenNow(viewer.model);
  const isKept = left?.image === other && came && textOf(now) === textOf(came) && now.image === came.image;
  return isKept ? left : undefined;
}

/** The view of the other image: by the sky where both have one, else by pixels. */
async function viewOf(viewer: Viewer, from: ImageHdu, to: ImageHdu): Promise<View> {
  const { model, viewport } = viewer;
  const [before, after] = (await Promise.all([from, to].map((image) => imageWcs(model, image)))).map(
    (wcs) => pictureSky(wcs?.celestial, "header")?.celestial,
  );
  const canConvert =
    before?.frame.name === after?.frame.name || ![before, after].some((sky) => sky?.frame.name === "unknown");
  if (!before || !after || !canConvert) return viewport;
  const view = matchedView(viewport, before, after);
  const [rows = 1, columns = 1] = to.shape.slice(-2);
  const [x, y] = view?.center ?? [Number.NaN, Number.NaN];
  if (view && x >= -0.5 && y >= -0.5 && x <= columns - 0.5 && y <= rows - 0.5) return view;
  throw new FitsError(
    "BAD_SELECTION",
    `HDU ${to.index}${to.name ? ` (${to.name})` : ""} does not show the sky in the middle of this view; move the view, or choose another HDU`,
  );
}
