/** Finds positions as people write them, among them what the readout says. */
import { FitsError } from "fitslice";
import { convertPoint, formatPosition, frameLabel, type Position, parsePosition } from "fitslice/wcs";
import type { Finder, Viewer } from "../viewer.types.js";
import { imageWcs } from "./image-wcs.js";
import { imageSize, pictureSky, shownFrame } from "./picture-sky.js";

const number = "[+-]?(?:\\d+\\.?\\d*|\\.\\d+)";
const plainPair = new RegExp(`^(${number})(?:\\s*[,;]\\s*|\\s+)(${number})$`);

/**
 * The pixel of a position, in the frame that the text names, else in the one that is shown. Two bare numbers may be a
 * pixel, too: whole ones are a pixel where the image has that pixel; others are degrees where the position is in the image.
 * What is neither is refused as what it rather is.
 */
export const findPosition: Finder = async (text, viewer) => {
  const { image } = viewer.model;
  if (!image) return undefined;
  const pair = plainPair.exec(text.trim());
  const asPixel = pair && { x: Number(pair[1]) - 1, y: Number(pair[2]) - 1 };
  const isWhole = pair !== null && !/\./.test(text);
  if (asPixel && isWhole && isInside(asPixel, viewer)) return asPixel;
  const position = positionOf(text, pair !== null);
  if (!position) return asPixel ?? undefined;
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

/** The position that `text` says. Of two bare numbers that are none, undefined. */
function positionOf(text: string, isPair: boolean): Position | undefined {
  try {
    return parsePosition(text);
  } catch (error) {
    if (isPair) return undefined;
    throw error;
  }
}

function isInside({ x, y }: { readonly x: number; readonly y: number }, viewer: Viewer): boolean {
  const [width, height] = imageSize(viewer);
  return x >= -0.5 && y >= -0.5 && x <= width - 0.5 && y <= height - 0.5;
}

const short = (value: number): string => String(Number(value.toFixed(1)));
