/**
 * An image with axes and marks, from what the command line asks for.
 */
import type { AxisSelector, ImageHdu, NdArray, ResolvedSection, Selection } from "fitslice";
import { type CutoutMode, cutout, placeRegion } from "fitslice/cutout";
import { encodePng, renderImage } from "fitslice/picture";
import { imagePlot } from "fitslice/plot";
import { type Celestial, readWcs } from "fitslice/wcs";
import { badUsage } from "../failure.js";
import { checkPicture, type PictureFileOptions, pngOptions } from "../picture.js";
import { centerOf, planesOf } from "../position.js";
import { chooseImage, chooseSection } from "../selection.js";
import type { Session } from "../session.js";
import { interruption } from "../signals.js";
import { sectionFigure } from "./curves.js";
import { type CurveOptions, nameOf, pixelUnit } from "./options.js";

export interface ImageFigureOptions extends CurveOptions, PictureFileOptions, MarkOptions {
  /** The picture around a position on the sky, by the rules of cutouts. */
  around?: Around;
}

/** What pictures have, and profiles have not. */
export interface MarkOptions {
  axes?: "pixel" | "sky" | "none";
  grid?: boolean;
  compass?: boolean;
  scaleBar?: boolean;
  northUp?: boolean;
  colorbar?: boolean;
  /** Letter of the WCS that positions and marks go by. */
  alternate?: string;
}

/** A place on the sky, as of `cutout`. */
export interface Around {
  readonly at: string;
  readonly size: string;
  readonly frame?: string | undefined;
  readonly resolve?: boolean | undefined;
  readonly plane?: string | undefined;
  readonly mode?: CutoutMode | undefined;
  readonly fill?: number | bigint | undefined;
}

/** Larger pictures are binned, unless --bin or --width says otherwise. */
const usualSize = 1000;
/** Rows, or columns, of a thin picture that are not binned away. */
const thinnest = 96;

/** Bins, as wide as high where the picture has marks of the sky or is not thin, that make a picture of the usual size. */
function usualBin(
  [height, width]: readonly [number, number],
  isSky: boolean,
): [rows: number, columns: number] {
  const side = Math.ceil(Math.max(height, width) / usualSize);
  const most = (length: number): number =>
    isSky ? side : Math.max(1, Math.min(side, Math.floor(length / thinnest)));
  return [most(height), most(width)];
}

/** The picture of a plane with its marks; of a cube the first plane; of a section with one long axis a profile. */
export async function imageFigure(session: Session, options: ImageFigureOptions): Promise<string> {
  const image = await chooseImage(session);
  const asked = await chooseSection(session, image, options);
  if (asked && options.around) throw badUsage("--at chooses the pixels itself; leave the section out");
  const part = options.around ? await partAround(session, image, options.around, options) : undefined;
  const section = part?.section ?? asked;
  const isProfile = image.resolve(section).shape.filter((length) => length > 1).length === 1;
  if (isProfile && !part?.pixels) {
    await refusePictureOptions(options);
    return sectionFigure(session, image, section, options);
  }
  for (const [name, given] of [
    ["--log-x", options.logX],
    ["--log-y", options.logY],
  ])
    if (given)
      throw badUsage(`${name} is for axes of curves, not of a picture; leave it out, or see --stretch`);
  return pictureFigure(session, image, part ?? { section: section ?? firstPlane(image) }, options);
}

/** Throws `Failure` for options of pictures where a profile is drawn. */
async function refusePictureOptions(options: ImageFigureOptions): Promise<void> {
  const why = "a section with one long axis is drawn as a profile";
  const mark = markOf(options);
  if (mark) throw badUsage(`${mark} is for pictures, and ${why}; leave it out, or choose a larger section`);
  await checkPicture(options, false, `${why}; leave it out`);
}

/** The first option given that is of pictures alone, but for those of colors and limits. */
export function markOf(options: MarkOptions): string | undefined {
  const { axes, grid, compass, scaleBar, northUp, colorbar, alternate } = options;
  const marks = {
    "--axes": axes,
    "--grid": grid,
    "--compass": compass,
    "--scale-bar": scaleBar,
    "--north-up": northUp,
    "--no-colorbar": colorbar === false,
    "--alternate": alternate,
  };
  return Object.entries(marks).find(([, given]) => given)?.[0];
}

/** What of an image is drawn. */
interface Part {
  readonly section: Selection | undefined;
  /** Pixels that reach beyond the image, and where they begin; in place of the section. */
  readonly pixels?: { readonly data: NdArray; readonly at: PlaneGrid } | undefined;
}

async function pictureFigure(
  session: Session,
  image: ImageHdu,
  { section, pixels }: Part,
  options: ImageFigureOptions,
): Promise<string> {
  const plane = planeOf(pixels?.at ?? image.resolve(section));
  const { axes, grid, compass, scaleBar, northUp, size, width, bin } = options;
  const needsSky = Boolean(axes === "sky" || grid || compass || scaleBar || northUp);
  const { shape } = pixels?.data ?? image.resolve(section);
  const long = shape.filter((length) => length > 1);
  const drawn = await renderImage(pixels?.data ?? image, {
    ...pngOptions(options),
    ...(width === undefined &&
      bin === undefined && { bin: usualBin([long.at(-2) ?? 1, long.at(-1) ?? 1], needsSky) }),
    ...{ section, raw: options.raw },
  });
  const celestial = needsSky ? await skyOf(session, image, plane, options.alternate) : undefined;
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

/** The pixels that a cutout has; of a cube those of one plane, the first one unless another is asked for. */
async function partAround(
  { fits }: Session,
  image: ImageHdu,
  around: Around,
  { alternate, raw = false }: ImageFigureOptions,
): Promise<Part> {
  const { at, size, mode, fill } = around;
  const target = { center: await centerOf(at, around.frame, around.resolve), size };
  const wcs = { ...(alternate !== undefined && { alternate }) };
  const { celestial } = await readWcs(fits, image, wcs);
  const plane = around.plane === undefined ? image.shape.slice(2).map(() => 0) : planesOf(around.plane);
  const { fitted } = placeRegion(image, celestial, target, { plane, mode });
  const { start, count } = fitted.inside;
  const section = start.map((first, axis): AxisSelector => [first, first + count[axis]!]);
  if (mode !== "partial" || fitted.status === "whole") return { section };
  const cut = await cutout(image, { ...target, ...wcs, plane, mode, fill, signal: interruption });
  return { section, pixels: { data: raw ? cut.stored : cut.data, at: cut.grid } };
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

type PlaneGrid = Pick<ResolvedSection, "start" | "step" | "count">;

/** Which pixels of which axes the picture shows. */
function planeOf({ start, step, count }: PlaneGrid): { x: PlaneAxis; y: PlaneAxis } {
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
  alternate: string | undefined,
): Promise<Celestial> {
  const { celestial } = await readWcs(fits, image, { ...(alternate !== undefined && { alternate }) });
  const last = image.shape.length - 1;
  const [xAxis, yAxis] = celestial?.pixelAxes ?? [];
  if (celestial && xAxis === last - x.axis && yAxis === last - y.axis) return celestial;
  throw badUsage(
    `HDU ${image.index} has no celestial coordinates along the axes of this picture; leave --axes sky, --grid, --compass, --scale-bar and --north-up out`,
  );
}
