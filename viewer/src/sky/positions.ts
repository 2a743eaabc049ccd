/** Finds positions as people write them, among them what the readout says. */
import { FitsError } from "fitslice";
import {
  convertPoint,
  formatPosition,
  frameLabel,
  type Position,
  parsePosition,
  resolveName,
} from "fitslice/wcs";
import type { Finder, Viewer } from "../viewer.types.js";
import { imageWcs } from "./image-wcs.js";
import { imageSize, pictureSky, shownFrame } from "./picture-sky.js";

/** Viewers whose users let names be sent. */
const askers = new WeakSet<Viewer>();

/** What may be the name of an object: two letters or more, or a letter and a number. */
const nameLike = /^(?=.*(\p{L}.*\p{L}|\p{L}.*\d))[\p{L}\d][\p{L}\d\s.+*'()[\]_/-]{1,79}$/u;

const number = "[+-]?(?:\\d+\\.?\\d*|\\.\\d+)";
const plainPair = new RegExp(`^(${number})(?:\\s*[,;]\\s*|\\s+)(${number})$`);

/**
 * The pixel of a position, in the frame that the text names, else in the one that is shown. Two bare numbers may be a
 * pixel, too: whole ones are a pixel where the image has that pixel; others are degrees where the position is in the image.
 * What is neither is refused as what it rather is. What may be a name is looked up at CDS, once the user has said that names may go there.
 */
export const findPosition: Finder = async (text, viewer, signal) => {
  const { image } = viewer.model;
  if (!image) return undefined;
  const pair = plainPair.exec(text.trim());
  const asPixel = pair && { x: Number(pair[1]) - 1, y: Number(pair[2]) - 1 };
  const isWhole = pair !== null && !/\./.test(text);
  if (asPixel && isWhole && isInside(asPixel, viewer)) return asPixel;
  const written = positionOf(text, pair !== null);
  if (!written) return asPixel ?? undefined;
  const wcs = await imageWcs(viewer.model, image);
  const sky = pictureSky(wcs?.celestial, viewer.model.state.frame);
  if (!sky) {
    if (asPixel) return asPixel;
    throw new FitsError(
      "BAD_HEADER",
      `HDU ${image.index} has no celestial coordinates; write a pixel as 512, 300`,
    );
  }
  const { celestial } = sky;
  const position =
    written instanceof FitsError ? await positionOfName(text.trim(), written, viewer, signal) : written;
  const frame = position.frame ?? shownFrame(viewer.model.state.frame, celestial.frame);
  const point =
    frame === celestial.frame
      ? ([position.lon, position.lat] as const)
      : convertPoint([position.lon, position.lat], frame, celestial.frame);
  const pixel = point && celestial.toPixel(...point);
  const found = pixel && { x: pixel[0], y: pixel[1] };
  if (found && isInside(found, viewer)) return found;
  if (asPixel && (isWhole || isInside(asPixel, viewer))) return asPixel;
  const [width, height] = imageSize(viewer);
  const where = found
    ? `would be pixel ${short(found.x + 1)}, ${short(found.y + 1)} of ${width} x ${height}`
    : "is on the other side of the sky";
  const label = frame.name === "unknown" ? "" : ` ${frameLabel(frame)}`;
  throw new FitsError(
    "BAD_SELECTION",
    `${formatPosition([position.lon, position.lat], { frame, digits: 1 })}${label} lies outside the image: it ${where}`,
  );
};

/** The position that `text` says, or why it is none. Of two bare numbers that are none, undefined. */
function positionOf(text: string, isPair: boolean): Position | FitsError | undefined {
  try {
    return parsePosition(text);
  } catch (error) {
    if (isPair) return undefined;
    if (nameLike.test(text.trim())) return error as FitsError;
    throw error;
  }
}

/** The position of an object by its name. Throws `why` where the user does not want the name to be sent. */
async function positionOfName(
  name: string,
  why: FitsError,
  viewer: Viewer,
  signal: AbortSignal,
): Promise<Position> {
  if (!askers.has(viewer)) {
    const question = `"${name}" is no position. Is it the name of an object? CDS (cds.unistra.fr) can be asked where it is; the name is sent there.`;
    if (!(await viewer.ask(question, "Ask CDS"))) throw why;
    askers.add(viewer);
  }
  const { lon, lat } = await resolveName(name, { signal });
  return { lon, lat, frame: { name: "icrs" }, warnings: [] };
}

function isInside({ x, y }: { readonly x: number; readonly y: number }, viewer: Viewer): boolean {
  const [width, height] = imageSize(viewer);
  return x >= -0.5 && y >= -0.5 && x <= width - 0.5 && y <= height - 0.5;
}

const short = (value: number): string => String(Number(value.toFixed(1)));
