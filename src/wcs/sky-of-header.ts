/**
 * The sky of a header: which distortions, which projection, which rotation, and on which pixel axes.
 */
import { FitsError } from "../errors.js";
import type { Header } from "../header/header.js";
import { firstPixelOf, type SkyParts } from "./celestial.js";
import type { CelestialAxes } from "./celestial-axes.js";
import { cosd, sind } from "./degrees.js";
import { dssPlate } from "./distortions/dss.js";
import { distortionsOfHeader, type HeaderDistortions, type ReadLookup } from "./distortions-of-header.js";
import { type PlateParts, plateParts } from "./dss-plate.js";
import { frameOfAxes } from "./frames/of-header.js";
import type { WcsKeywords } from "./keywords.js";
import type { AxisUnit } from "./other-axes.js";
import { projectionOf, type ReferencePoint } from "./projections/make.js";
import type { Projection } from "./projections/projection.js";
import { linearSky, projectedSky } from "./sky.js";
import type { SkyMap } from "./sky-map.js";
import { rotationOf } from "./sphere.js";
import type { SkyPoint } from "./wcs.js";

/** What is known of the celestial axes of a header. */
export interface SkyOfHeader {
  readonly header: Header;
  readonly keywords: WcsKeywords;
  readonly axes: CelestialAxes;
  readonly units: readonly AxisUnit[];
  readonly lookups: readonly ReadLookup[];
  /** To be added to. */
  readonly warnings: string[];
}

interface Plate extends PlateParts {
  readonly center: SkyPoint;
}

/**
 * The celestial part of a WCS. A plate solution takes the place of the celestial rows of `matrix` and of `crpix`
 * (counted from 1), which are changed.
 */
export function skyParts(sky: SkyOfHeader, matrix: number[][], crpix: number[]): SkyParts {
  const { header, keywords, axes, units, lookups, warnings } = sky;
  const { lon, lat } = axes;
  const plate = plateOf(sky);
  if (plate) placePlate(plate, axes, matrix, crpix);
  const found = plate ? undistorted : distortionsOfHeader(header, keywords, axes, units, lookups, warnings);
  const reference: SkyPoint = plate?.center ?? [
    keywords.axes[lon]!.crval * units[lon]!.scale,
    keywords.axes[lat]!.crval * units[lat]!.scale,
  ];
  const { frame, warnings: odd } = frameOfAxes(axes.longitude, keywords);
  warnings.push(...odd);
  const [x, y] = pixelAxesOf(matrix, lon, lat);
  const isPlain = x === 0 && y === 1;
  if (found.pixel && !isPlain)
    warnings.push(
      `${found.pixel.kind} is ignored: it is about NAXIS1 and NAXIS2, which are not the sky's axes`,
    );
  const pixel = plate?.distortion ?? (isPlain ? found.pixel : undefined);
  const ofPixels = plate ? ["DSS"] : isPlain ? (found.pixel?.kinds ?? []) : [];
  const pixelDistortions = pixel ? [pixel] : [];
  const firstPixel = firstPixelOf(pixelDistortions);
  return {
    worldAxes: [lon, lat],
    pixelAxes: [x, y],
    projection: plate ? "TAN" : axes.projection,
    frame,
    distortions: [...ofPixels, ...found.plane.map(({ kind }) => kind)],
    reference,
    pixelDistortions,
    firstPixel,
    crpix: [crpix[x]! - 1 + firstPixel, crpix[y]! - 1 + firstPixel],
    matrix: [
      [matrix[lon]![x]!, matrix[lon]![y]!],
      [matrix[lat]![x]!, matrix[lat]![y]!],
    ],
    sky: skyOf(keywords, axes, reference, found, warnings),
  };
}

const undistorted: HeaderDistortions = {
  pixel: undefined,
  plane: [],
  projection: "TAN",
  pvLon: [],
  pvLat: [],
};

function plateOf({ header, keywords, axes: { lon, lat }, warnings }: SkyOfHeader): Plate | undefined {
  if (keywords.alternate !== " " || keywords.place.kind !== "image" || lon + lat !== 1) return undefined;
  const plate = dssPlate(header, warnings);
  const [x, y] = [keywords.axes[0]!, keywords.axes[1]!].map(({ length = 1 }) => (length + 1) / 2);
  return plate && { ...plateParts(plate, [x!, y!]), center: plate.center };
}

/** Puts the matrix and CRPIX of a plate in the place of the header's. */
function placePlate(
  plate: PlateParts,
  { lon, lat }: CelestialAxes,
  matrix: number[][],
  crpix: number[],
): void {
  for (const [row, axis] of [lon, lat].entries()) {
    matrix[axis]![0] = plate.matrix[row as 0 | 1][0];
    matrix[axis]![1] = plate.matrix[row as 0 | 1][1];
  }
  crpix[0] = plate.crpix[0];
  crpix[1] = plate.crpix[1];
}

/** Plane to sky. */
function skyOf(
  keywords: WcsKeywords,
  { lon }: CelestialAxes,
  reference: SkyPoint,
  { pvLon, pvLat, plane, projection: code }: HeaderDistortions,
  warnings: string[],
): SkyMap {
  if (code === "") return linearSky(reference);
  const [lon0, lat0] = reference;
  const shift = { phi0: pvLon[1], theta0: pvLon[2], offset: (pvLon[0] ?? 0) !== 0 };
  const projection = projectionNamed(code, pvLat, shift, lat0, lon, warnings);
  const rotation = rotationOf({
    lon0,
    lat0,
    phi0: projection.phi0,
    theta0: projection.theta0,
    lonpole: pvLon[3] ?? keywords.lonpole,
    latpole: pvLon[4] ?? keywords.latpole,
  });
  return projectedSky(projection, rotation, plane);
}

/** The projection by its code, obsolete ones included. Throws BAD_HEADER for an unknown one. */
function projectionNamed(
  code: string,
  pv: readonly (number | undefined)[],
  shift: ReferencePoint,
  lat0: number,
  lon: number,
  warnings: string[],
): Projection {
  if (code === "GLS") {
    warnings.push("the projection GLS is read as SFL");
    return projectionOf("SFL", [], { phi0: 0, theta0: lat0, offset: true })!;
  }
  if (code === "NCP") {
    if (lat0 === 0)
      throw new FitsError("BAD_HEADER", "the projection NCP has no place on the equator: CRVAL of DEC is 0");
    warnings.push("the projection NCP is read as SIN");
    return projectionOf("SIN", [undefined, 0, cosd(lat0) / sind(lat0)], shift)!;
  }
  const projection = projectionOf(code, pv, shift);
  if (projection) return projection;
  throw new FitsError("BAD_HEADER", `CTYPE${lon + 1} names the projection '${code}', which there is none of`);
}

/** The two pixel axes on which the sky depends most: those of the same numbers, unless their matrix is singular. */
function pixelAxesOf(matrix: readonly (readonly number[])[], lon: number, lat: number): [number, number] {
  const determinant = (i: number, j: number): number => {
    const rows = [matrix[lon]!, matrix[lat]!] as const;
    return Math.abs(rows[0][i]! * rows[1][j]! - rows[0][j]! * rows[1][i]!);
  };
  const own: [number, number] = [Math.min(lon, lat), Math.max(lon, lat)];
  const used = matrix[lon]!.flatMap((value, j) => (value !== 0 || matrix[lat]![j] !== 0 ? [j] : []));
  const size = (row: readonly number[]): number => Math.max(...used.map((j) => Math.abs(row[j]!)));
  const least = 1e-10 * size(matrix[lon]!) * size(matrix[lat]!);
  if (determinant(...own) > least) return own;
  let best = own;
  for (const i of used)
    for (const j of used) if (i < j && determinant(i, j) > determinant(...best)) best = [i, j];
  return best;
}
