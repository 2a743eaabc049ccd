/** The overlay of positions: a small ring for each that is in sight. */
import type { ImageHdu } from "fitslice";
import { convertPoint, parseFrame, type SkyPoint, type Wcs } from "fitslice/wcs";
import type { ViewerModel } from "../model.js";
import type { SkyPoints } from "../points.js";
import type { Placement } from "../screen/screen.types.js";
import { svgElement } from "../svg.js";
import type { Overlay, Viewer } from "../viewer.types.js";
import { imageWcs } from "./image-wcs.js";

/** Rings that are drawn at once; of more in sight every second, third ... one. */
const mostRings = 5000;
const radius = 4;
/** Rings from this number on are smaller, so that the picture is seen between them. */
const manyRings = 1000;

export interface PointPixels {
  readonly x: Float64Array;
  readonly y: Float64Array;
}

/** 0-based pixels of positions in an image whose first two axes are the sky's; undefined for other images. */
export function pixelsOfPoints(wcs: Wcs | undefined, points: SkyPoints): PointPixels | undefined {
  const celestial = wcs?.celestial;
  if (celestial?.pixelAxes[0] !== 0 || celestial.pixelAxes[1] !== 1) return undefined;
  const own = celestial.frame;
  const frame = parseFrame(points.frame);
  // Coordinates of a frame that the header does not tell are taken as they are.
  if (own.name === "unknown") return celestial.pixelsOf(points.lon, points.lat);
  const [lon, lat] = [points.lon.slice(), points.lat.slice()];
  for (let i = 0; i < lon.length; i++) {
    const point: SkyPoint | null = Number.isFinite(lon[i]! + lat[i]!)
      ? convertPoint([lon[i]!, lat[i]!], frame, own)
      : null;
    [lon[i], lat[i]] = point ?? [Number.NaN, Number.NaN];
  }
  return celestial.pixelsOf(lon, lat);
}

/** The pixels of one position of points. */
export async function pixelOfPoint(
  model: ViewerModel,
  image: ImageHdu,
  points: SkyPoints,
): Promise<readonly [x: number, y: number] | undefined> {
  const pixels = pixelsOfPoints(await imageWcs(model, image), points);
  const [x, y] = [pixels?.x[0], pixels?.y[0]];
  return x !== undefined && y !== undefined && Number.isFinite(x + y) ? [x, y] : undefined;
}

/** The path of rings in sight, thinned out where there are too many. */
export function ringsPath(
  { x, y }: PointPixels,
  placement: Placement,
  [width, height]: readonly [number, number],
): string {
  const places: (readonly [number, number])[] = [];
  for (let i = 0; i < x.length; i++) {
    if (!Number.isFinite(x[i]! + y[i]!)) continue;
    const [left, top] = placement.toCanvas(x[i]!, y[i]!);
    if (left > -radius && top > -radius && left < width + radius && top < height + radius)
      places.push([left, top]);
  }
  const step = Math.ceil(places.length / mostRings);
  const r = places.length < manyRings ? radius : radius / 2;
  let path = "";
  for (let i = 0; i < places.length; i += step) {
    const [left, top] = places[i]!;
    path += `M${(left - r).toFixed(1)} ${top.toFixed(1)}a${r} ${r} 0 1 0 ${2 * r} 0a${r} ${r} 0 1 0 ${-2 * r} 0`;
  }
  return path;
}

export function pointsOverlay(viewer: Viewer): Overlay {
  const { model } = viewer;
  const paths = ["points halo", "points"].map((name) => svgElement("path", { class: name }));
  let sets: PointPixels[] = [];
  const update = async (): Promise<void> => {
    const { image, points } = model;
    sets = [];
    viewer.redraw();
    if (!image) return;
    const wcs = await imageWcs(model, image);
    if (model.image !== image || model.points !== points) return;
    sets = points.flatMap((set) => pixelsOfPoints(wcs, set) ?? []);
    viewer.redraw();
  };
  const ends = [model.on("image", () => void update()), model.on("points", () => void update())];
  void update();
  return {
    draw(layer, placement, size) {
      if (!layer.firstChild) layer.append(...paths);
      const path = sets.map((set) => ringsPath(set, placement, size)).join("");
      for (const element of paths) element.setAttribute("d", path);
    },
    close() {
      for (const end of ends) end();
    },
  };
}
