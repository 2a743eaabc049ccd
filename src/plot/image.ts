/**
 * A picture with what an astronomer reads it by: axes or a grid of the sky, compass, scale bar, color bar.
 */
import { checkMembers, checkObject } from "../argument.js";
import { FitsError } from "../errors.js";
import type { Celestial, PixelPoint, SkyPoint } from "../wcs/wcs.js";
import { type Colorbar, colorbar, colorbarWidth } from "./colorbar.js";
import { checkLength, rectOf, titleOver, upward, xTick, yTick } from "./frame.js";
import { type GridLabels, gridLabels } from "./grid-labels.js";
import { compass, scaleBar } from "./marks.js";
import { pixelTicks } from "./pixel-ticks.js";
import { type GridLine, type Place, type Rectangle, type SkyView, skyGrid } from "./sky-grid.js";
import { drawing, element, pathThrough, type Svg, text } from "./svg.js";
import { offsetOf } from "./tangent.js";

/** A picture that is drawn already. */
export interface PlotPicture {
  /** The picture as a PNG file, the first row of the image lowest. */
  readonly png: Uint8Array;
  /** Its pixels. */
  readonly width: number;
  readonly height: number;
}

export interface ImagePlotOptions {
  readonly title?: string | undefined;
  /** What the numbers along the sides are: FITS pixels (the default), sky coordinates, or none. */
  readonly axes?: "pixel" | "sky" | "none" | undefined;
  /** World coordinates of the image: for `axes: "sky"`, `grid`, `compass`, `scaleBar` and `northUp`. */
  readonly celestial?: Celestial | undefined;
  /**
   * Which pixel of the image (x, y from 0) the center of the picture's first pixel shows. Default 0, 0: of a section its
   * first pixel, of binned pixels the middle of the bin.
   */
  readonly origin?: PixelPoint | undefined;
  /** Pixels of the image for one of the picture, along x and y. Default 1, 1. */
  readonly step?: PixelPoint | undefined;
  /** Meridians and parallels. */
  readonly grid?: boolean | undefined;
  /** Arrows to the north and to the east. */
  readonly compass?: boolean | undefined;
  /** A line of a round length on the sky. */
  readonly scaleBar?: boolean | undefined;
  /** Turns (and mirrors) the picture: north is up, east to the left. */
  readonly northUp?: boolean | undefined;
  readonly colorbar?: Colorbar | undefined;
  /**
   * Units of the longer side of the picture. Default: its pixels, zoomed to at least 480, at most 1000. Pixels are square,
   * but for those of pictures so thin that the shorter side would have less than 96 units, and less than an eighth of the
   * longer one: these are stretched, unless there are marks of the sky.
   */
  readonly size?: number | undefined;
}

/**
 * The picture with its marks, as SVG. Throws BAD_ARGUMENT where a mark needs world coordinates and there are none, and where
 * north has no direction in the middle of the picture.
 */
export function imagePlot(picture: PlotPicture, options: ImagePlotOptions = {}): Svg {
  checkMembers(picture, ["width", "height", "png"], "the picture", "{ width, height, png, ... }");
  checkObject(options);
  const { celestial, axes = "pixel", grid, northUp } = options;
  const needs = {
    'axes: "sky"': axes === "sky",
    grid,
    compass: options.compass,
    scaleBar: options.scaleBar,
    northUp,
  };
  const needed = Object.entries(needs).find(([, wanted]) => wanted)?.[0];
  if (needed && !celestial)
    throw new FitsError("BAD_ARGUMENT", `${needed} needs world coordinates, and there are none`);
  if (options.size !== undefined) checkLength(options.size, "size");
  // Only when the labels are known there is a layout with room for them.
  const draft = layoutOf(picture, options);
  const room = axes === "sky" && celestial ? labelsOf(draft, celestial).labels : undefined;
  const layout = room ? layoutOf(picture, options, room) : draft;
  const { area } = layout;
  const view = celestial && viewOf(layout, celestial);
  const { lines, labels } =
    celestial && (grid || room) ? labelsOf(layout, celestial) : { lines: [], labels: undefined };
  const clip = "picture";
  return drawing(
    layout.width,
    layout.height,
    element("clipPath", { id: clip }, element("rect", rectOf(area))),
    element(
      "g",
      { "clip-path": `url(#${clip})` },
      ...(northUp ? [element("rect", { ...rectOf(area), fill: "#888" })] : []), // white marks are seen on the corners, too
      element("image", {
        href: `data:image/png;base64,${base64(picture.png)}`,
        width: picture.width,
        height: picture.height,
        transform: `matrix(${layout.matrix.map((value) => Number(value.toPrecision(12))).join(",")})`,
        preserveAspectRatio: "none",
        style: "image-rendering:pixelated",
        "image-rendering": "optimizeSpeed",
      }),
      ...(grid ? lines.map(({ points }) => gridLine(pathThrough(points))) : []),
      ...(options.compass ? [compass(view!)] : []),
      ...(options.scaleBar ? [scaleBar(view!)] : []),
    ),
    ...(room && labels ? [...labels.svg, ...skyNames(area, labels, celestial!)] : []),
    ...(axes === "pixel" && !northUp ? pixelAxes(picture, options, layout) : []),
    element("rect", { ...rectOf(area), fill: "none", stroke: "black" }),
    ...(options.colorbar
      ? [colorbar(options.colorbar, { ...area, width: area.width + (room ? room.right : 0) }, layout.height)]
      : []),
    ...(options.title ? [titleOver(area, layout.width, options.title)] : []),
  );
}

/** White with a dark edge, so that a grid is seen on every picture. */
function gridLine(d: string): Svg {
  const fill = "none";
  return (
    element("path", { d, fill, stroke: "black", "stroke-opacity": 0.5, "stroke-width": 2.6 }) +
    element("path", { d, fill, stroke: "white", "stroke-opacity": 0.95, "stroke-width": 1.1 })
  );
}

function viewOf({ area, place, pixel }: Layout, celestial: Celestial): SkyView {
  return {
    ...area,
    toSky: (x, y) => celestial.toSky(...pixel(x, y)),
    toPlace(lon, lat) {
      const at = celestial.toPixel(lon, lat);
      return at && place(at);
    },
    equatorial: isEquatorial(celestial),
  };
}

function isEquatorial({ frame: { name } }: Celestial): boolean {
  return /^(icrs|fk5|fk4|fk4-no-e)$/.test(name);
}

function labelsOf(layout: Layout, celestial: Celestial): { lines: GridLine[]; labels: GridLabels } {
  const view = viewOf(layout, celestial);
  const lines = skyGrid(view);
  return { lines, labels: gridLabels(lines, view) };
}

/** Names of the coordinates whose labels stand under the picture, and beside it. */
function skyNames({ left, top, width, height }: Rectangle, labels: GridLabels, celestial: Celestial): Svg[] {
  const { name } = celestial.frame;
  const names = isEquatorial(celestial)
    ? { lon: `RA (${name.toUpperCase()})`, lat: `Dec (${name.toUpperCase()})` }
    : { lon: `${name} longitude`, lat: `${name} latitude` };
  return [
    text(left + width / 2, top + height + 34, names[labels.below]),
    upward(14, top + height / 2, names[labels.below === "lon" ? "lat" : "lon"]),
  ];
}

interface Layout {
  readonly width: number;
  readonly height: number;
  readonly area: {
    readonly left: number;
    readonly top: number;
    readonly width: number;
    readonly height: number;
  };
  /** Of SVG: from the picture's pixels, the top row first, to the drawing. */
  readonly matrix: readonly [number, number, number, number, number, number];
  /** From a pixel of the image (0-based, centers whole) to the drawing, and back. */
  place(pixel: PixelPoint): Place;
  pixel(x: number, y: number): PixelPoint;
}

/** How much room labels need; 0 until they are known. */
type Room = Pick<GridLabels, "left" | "right" | "overhang">;
const noRoom: Room = { left: 0, right: 0, overhang: 0 };

function layoutOf({ width, height }: PlotPicture, options: ImagePlotOptions, room = noRoom): Layout {
  const { axes = "pixel", northUp, title, origin = [0, 0], step = [1, 1] } = options;
  const zoom = zoomOf(width, height, options);
  // Columns of the linear part: where one pixel to the right, and one up, leads in the drawing.
  const turned = northUp ? northUpMatrix(width, height, options) : ([1, 0, 0, -1] as const);
  const [rx, ry, ux, uy] = turned.map((value, i) => value * zoom[i >> 1]!) as [
    number,
    number,
    number,
    number,
  ];
  const wide = Math.abs(rx) * width + Math.abs(ux) * height;
  const high = Math.abs(ry) * width + Math.abs(uy) * height;
  const hasPixels = axes === "pixel" && !northUp;
  const left = hasPixels ? 62 : axes === "sky" ? 26 + room.left : 8;
  const top = (title ? 34 : 14) + (axes === "sky" ? 14 : 0);
  const right = options.colorbar
    ? 14 + room.right + colorbarWidth(options.colorbar, high)
    : Math.max(14, room.right + 8, room.overhang + 4);
  const bottom = axes === "none" || (axes === "pixel" && northUp) ? 10 : 40;
  const center = [left + wide / 2, top + high / 2] as const;
  /** From the picture's pixels, x to the right and y up from its lower left corner. */
  const toDrawing = (x: number, y: number): Place => {
    const [dx, dy] = [x - width / 2, y - height / 2];
    return [center[0] + rx * dx + ux * dy, center[1] + ry * dx + uy * dy];
  };
  const determinant = rx * uy - ux * ry;
  const [cornerX, cornerY] = toDrawing(0, height);
  return {
    width: left + wide + right,
    height: top + high + bottom,
    area: { left, top, width: wide, height: high },
    matrix: [rx, ry, -ux, -uy, cornerX, cornerY],
    place: ([x, y]) => toDrawing((x - origin[0]) / step[0] + 0.5, (y - origin[1]) / step[1] + 0.5),
    pixel(x, y) {
      const [dx, dy] = [x - center[0], y - center[1]];
      const across = (uy * dx - ux * dy) / determinant + width / 2 - 0.5;
      const up = (rx * dy - ry * dx) / determinant + height / 2 - 0.5;
      return [origin[0] + across * step[0], origin[1] + up * step[1]];
    },
  };
}

/** Units that the shorter side of a picture has at least, or an eighth of the longer side, where pixels need not be square. */
const thinnest = 96;

/** Units of a pixel along x and along y. */
function zoomOf(width: number, height: number, options: ImagePlotOptions): readonly [number, number] {
  const { axes, grid, compass, scaleBar, northUp } = options;
  const longest = Math.max(width, height);
  const size = options.size ?? Math.max(480, Math.min(1000, longest));
  const square = size / longest;
  if (axes === "sky" || grid || compass || scaleBar || northUp) return [square, square];
  const least = Math.min(thinnest, size / 8);
  return [Math.max(square, least / width), Math.max(square, least / height)];
}

/** Where a step to the right and a step up lead when north is up and east left: lengths stay, angles as the sky has them. */
function northUpMatrix(
  width: number,
  height: number,
  { celestial, origin = [0, 0], step = [1, 1] }: ImagePlotOptions,
): readonly [number, number, number, number] {
  const [x, y] = [origin[0] + ((width - 1) / 2) * step[0], origin[1] + ((height - 1) / 2) * step[1]];
  const half = 0.5;
  const sky = (dx: number, dy: number): SkyPoint | null =>
    celestial!.toSky(x + dx * step[0], y + dy * step[1]);
  const center = sky(0, 0);
  const [right, leftward, above, below] = [sky(half, 0), sky(-half, 0), sky(0, half), sky(0, -half)];
  if (!center || !right || !leftward || !above || !below)
    throw new FitsError("BAD_ARGUMENT", "northUp: the middle of the picture is not on the sky");
  // East and north of one step, in degrees; in the drawing east is to the left and y goes down.
  const [eastX, northX] = across(center, leftward, right);
  const [eastY, northY] = across(center, below, above);
  const unit = Math.sqrt(Math.abs(eastX * northY - eastY * northX));
  if (!(unit > 0))
    throw new FitsError("BAD_ARGUMENT", "northUp: north has no direction in the middle of the picture");
  return [-eastX / unit, -northX / unit, -eastY / unit, -northY / unit];
}

/** From one place to another, as seen from the center between them. */
function across(center: SkyPoint, from: SkyPoint, to: SkyPoint): readonly [east: number, north: number] {
  const [one, other] = [offsetOf(center, from), offsetOf(center, to)];
  return [other[0] - one[0], other[1] - one[1]];
}

/** FITS pixels, from 1, along the left and lower side. */
function pixelAxes(
  picture: PlotPicture,
  { origin = [0, 0], step = [1, 1] }: ImagePlotOptions,
  { area, place }: Layout,
): Svg[] {
  const x = pixelTicks(origin[0], step[0], picture.width, area.width / 80);
  const y = pixelTicks(origin[1], step[1], picture.height, area.height / 50);
  return [
    ...x.flatMap((tick) => xTick(place([tick - 1, origin[1]])[0], area, String(tick))),
    ...y.flatMap((tick) => yTick(place([origin[0], tick - 1])[1], area, String(tick))),
    text(area.left + area.width / 2, area.top + area.height + 34, "x (pixel)"),
    upward(14, area.top + area.height / 2, "y (pixel)"),
  ];
}

/** The bytes as base64, by pieces: a call takes only so many arguments. */
function base64(bytes: Uint8Array): string {
  let encoded = "";
  for (let at = 0; at < bytes.length; at += 24_576)
    encoded += btoa(String.fromCharCode(...bytes.subarray(at, at + 24_576)));
  return encoded;
}
