/** How the sky lies in the picture: positions in the frame that is shown, and pixels of the image. */
import type { SkyView } from "fitslice/plot";
import {
  type Celestial,
  convertPoint,
  type Frame,
  isSameFrame,
  type PixelPoint,
  parseFrame,
  type SkyPoint,
} from "fitslice/wcs";
import type { Placement } from "../screen/screen.types.js";
import type { SkyFrame } from "../state.js";
import type { Viewer } from "../viewer.types.js";
import { imageWcs } from "./image-wcs.js";

/** The sky of a picture whose x and y axes are the celestial ones. */
export interface PictureSky {
  readonly celestial: Celestial;
  /** The frame that is shown. */
  readonly frame: Frame;
  /** A position in the frame that is shown; `null` where there is no sky. */
  toSky(x: number, y: number): SkyPoint | null;
  toPixel(lon: number, lat: number): PixelPoint | null;
}

/** The frame that is meant: the image's own where it cannot be converted. */
export function shownFrame(choice: SkyFrame, own: Frame): Frame {
  return choice === "header" || own.name === "unknown" ? own : parseFrame(choice);
}

/** The sky in a frame; undefined where the picture shows other axes. */
export function pictureSky(celestial: Celestial | undefined, choice: SkyFrame): PictureSky | undefined {
  if (celestial?.pixelAxes[0] !== 0 || celestial.pixelAxes[1] !== 1) return undefined;
  const own = celestial.frame;
  const frame = shownFrame(choice, own);
  if (frame === own || isSameFrame(frame, own))
    return {
      celestial,
      frame,
      toSky: (x, y) => celestial.toSky(x, y),
      toPixel: (lon, lat) => celestial.toPixel(lon, lat),
    };
  return {
    celestial,
    frame,
    toSky: (x, y) => convertPoint(celestial.toSky(x, y), own, frame),
    toPixel: (lon, lat) => {
      const point = convertPoint([lon, lat], frame, own);
      return point && celestial.toPixel(...point);
    },
  };
}

/** Whether longitudes of a frame are right ascensions, in hours. */
export function isEquatorial({ name }: Frame): boolean {
  return name === "icrs" || name.startsWith("fk");
}

/** The part of the canvas that shows the image, and how the sky lies in it; undefined where no pixel is in sight. */
export function skyView(
  sky: PictureSky,
  placement: Placement,
  [width, height]: readonly [number, number],
  [columns, rows]: readonly [number, number],
): SkyView | undefined {
  const [left, bottom] = placement.toCanvas(-0.5, -0.5);
  const [right, top] = placement.toCanvas(columns - 0.5, rows - 0.5);
  const [from, to] = [Math.max(0, left), Math.min(width, right)];
  const [high, low] = [Math.max(0, top), Math.min(height, bottom)];
  if (!(to - from > 1) || !(low - high > 1)) return undefined;
  return {
    left: from,
    top: high,
    width: to - from,
    height: low - high,
    toSky: (x, y) => sky.toSky(...placement.toImage(x, y)),
    toPlace: (lon, lat) => {
      const pixel = sky.toPixel(lon, lat);
      return pixel && placement.toCanvas(...pixel);
    },
    equatorial: isEquatorial(sky.frame),
  };
}

/** The sky of the picture that is shown now. */
export interface SkyFollower {
  /** Undefined while it is read, and where there is none. */
  readonly sky: PictureSky | undefined;
  close(): void;
}

/** Follows the image and the frame of the view; calls `changed` when another sky is known. */
export function followSky(viewer: Viewer, changed: () => void = () => viewer.redraw()): SkyFollower {
  const { model } = viewer;
  let sky: PictureSky | undefined;
  let isClosed = false;
  const update = async (): Promise<void> => {
    const { image } = model;
    sky = undefined;
    if (!image) return;
    const wcs = await imageWcs(model, image);
    if (isClosed || model.image !== image) return;
    sky = pictureSky(image.shape.length > 1 ? wcs?.celestial : undefined, model.state.frame);
    changed();
  };
  const ends = [
    model.on("image", () => void update()),
    model.on("state", (names) => {
      if (names.includes("frame")) void update();
    }),
  ];
  void update();
  return {
    get sky() {
      return sky;
    },
    close() {
      isClosed = true;
      for (const end of ends) end();
    },
  };
}

/** Width and height of the image that is shown. */
export function imageSize({ model }: Viewer): readonly [columns: number, rows: number] {
  const shape = model.image?.shape ?? [1];
  return [shape.at(-1)!, shape.length > 1 ? shape.at(-2)! : 1];
}
