/**
 * An image with axes and marks, from what the command line asks for.
 */
import type { ImageHdu, Selection } from "fitslice";
import { placeTarget } from "fitslice/cutout";
import { encodePng, renderImage } from "fitslice/picture";
import { imagePlot } from "fitslice/plot";
import { type Celestial, readWcs } from "fitslice/wcs";
import { badUsage } from "../failure.js";
import { type PictureFileOptions, pngOptions } from "../picture.js";
import { centerOf } from "../position.js";
import { chooseImage, chooseSection } from "../selection.js";
import type { Session } from "../session.js";
import { sectionFigure } from "./curves.js";
import { type CurveOptions, nameOf, pixelUnit } from "./options.js";

export interface ImageFigureOptions extends CurveOptions, PictureFileOptions {
  axes?: "pixel" | "sky" | "none";
  grid?: boolean;
  compass?: boolean;
  scaleBar?: boolean;
  northUp?: boolean;
  colorbar?: boolean;
  /** The picture around a position on the sky, by the rules of cutouts. */
  around?: { at: string; size: string };
}

/** Wider pictures are binned, unless --bin or --width says otherwise. */
const usualWidth = 1000;

/** The picture of a plane with its marks; of a cube the first plane; of a section with one long axis a profile. */
export async function imageFigure(session: Session, options: ImageFigureOptions): Promise<string> {
  const image = await chooseImage(session);
  const asked = await chooseSection(session, image, options);
  if (asked && options.around) throw badUsage("--at chooses the pixels itself; leave the section out");
  const given = options.around ? await sectionAround(session, image, options.around) : asked;
  const long = image.resolve(given).shape.filter((length) => length > 1);
  if (long.length === 1) return sectionFigure(session, image, given, options);
  const section = given ?? firstPlane(image);
  const plane = planeOf(image, section);
  const { width, bin } = options;
  const drawn = await renderImage(image, {
    ...pngOptions(options),
    ...(width === undefined && bin === undefined && { width: usualWidth }),
    ...{ section, raw: options.raw },
  });
  const { axes, grid, compass, scaleBar, northUp, size } = options;
  const needsSky = axes === "sky" || grid || compass || scaleBar || northUp;
  const celestial = needsSky ? await skyOf(session, image, plane) : undefined;
  const [rows, columns] = drawn.bin;
  const unit = pixelUnit(image);
  return imagePlot(
    { png: await encodePng(drawn), width: drawn.width, height: drawn.height },
    {
      ...{ axes, celestial, grid, compass, scaleBar, northUp },
      title: options.title ?? nameOf(session, image),
      origin: [
        plane.x.start + ((columns - 1) / 2) * plane.x.step,
        plane.y.start + ((rows - 1) / 2) * plane.y.step,
      ],
      step: [columns * plane.x.step, rows * plane.y.step],
      ...(size && { size: Math.max(...size) }),
      ...(options.colorbar !== false && { colorbar: { ...drawn, ...(unit && { label: unit }) } }),
    },
  );
}

/** The pixels that a cutout has, cut off where the image ends; of a cube those of the first plane. */
async function sectionAround(
  { fits }: Session,
  image: ImageHdu,
  { at, size }: { at: string; size: string },
): Promise<Selection> {
  const target = { center: await centerOf(at), size };
  const { celestial } = await readWcs(fits, image);
  const plane = image.shape.slice(2).map(() => 0);
  const { fitted } = placeTarget(image, celestial, target, { plane });
  const { start, count } = fitted.grid;
  return start.map((first, axis) => [first, first + count[axis]!]);
}

/** Of an image of more than two long axes the first plane, as ds9 shows it. */
function firstPlane(image: ImageHdu): Selection | undefined {
  const { length } = image.shape;
  return length > 2 ? image.shape.map((_, axis) => (axis < length - 2 ? 0 : null)) : undefined;
}

interface PlaneAxis {
  /** Axis in C order. */
  readonly axis: number;
  readonly start: number;
  readonly step: number;
}

/** Which pixels of which axes the picture shows. */
function planeOf(image: ImageHdu, section: Selection | undefined): { x: PlaneAxis; y: PlaneAxis } {
  const { start, step, count } = image.resolve(section);
  const long = count.flatMap((length, axis) => (length > 1 ? [axis] : []));
  const last = count.length - 1;
  const axisAt = (axis: number): PlaneAxis => ({ axis, start: start[axis] ?? 0, step: step[axis] ?? 1 });
  return { x: axisAt(long.at(-1) ?? last), y: axisAt(long.at(-2) ?? Math.max(0, last - 1)) };
}

/** World coordinates of the picture's axes. Throws `Failure` where they are not those of the sky. */
async function skyOf(
  { fits }: Session,
  image: ImageHdu,
  { x, y }: { x: PlaneAxis; y: PlaneAxis },
): Promise<Celestial> {
  const { celestial } = await readWcs(fits, image);
  const last = image.shape.length - 1;
  const [xAxis, yAxis] = celestial?.pixelAxes ?? [];
  if (celestial && xAxis === last - x.axis && yAxis === last - y.axis) return celestial;
  throw badUsage(
    `HDU ${image.index} has no celestial coordinates along the axes of this picture; leave --axes sky, --grid, --compass, --scale-bar and --north-up out`,
  );
}
