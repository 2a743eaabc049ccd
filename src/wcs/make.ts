/**
 * From a header to its WCS.
 */
import { FitsError } from "../errors.js";
import type { Header } from "../header/header.js";
import { type CelestialAxes, findCelestial } from "./celestial-axes.js";
import { celestialOf, type SkyParts } from "./celestial.js";
import { columnNumber, type Place, skyColumns } from "./dialects.js";
import { distortionsOfHeader, type ReadLookup } from "./distortions-of-header.js";
import { dssPlate } from "./distortions/dss.js";
import { lookupsOf } from "./distortions/lookup-keywords.js";
import { type PlateParts, plateParts } from "./dss-plate.js";
import { frameOfAxes } from "./frames/of-header.js";
import { checkAlternate, readKeywords, type WcsKeywords } from "./keywords.js";
import { type Linear, linearOf, matrixOf } from "./linear.js";
import { type AxisUnit, axisUnit, otherAxes, type ReadTab } from "./other-axes.js";
import { axisKind } from "./axes/kind.js";
import { type CubeFace, pipelineOf } from "./pipeline.js";
import { projectionOf } from "./projections/make.js";
import { linearSky, projectedSky, type SkyMap } from "./sky.js";
import { rotationOf } from "./sphere.js";
import type { SkyPoint, Wcs } from "./wcs.js";

/** Tables beside the header that a WCS may need; `readWcs` reads them. */
export interface WcsTables {
  /** Lookup tables of distortions. */
  readonly lookups?: readonly ReadLookup[] | undefined;
  /** Coordinate arrays of `-TAB` axes. */
  readonly tabs?: readonly ReadTab[] | undefined;
}

/** Which WCS of a header. */
export interface WcsSelection {
  /** `"A"` to `"Z"`; by default the primary one, `" "`. */
  readonly alternate?: string | undefined;
  /** The table's column whose cells are images with this WCS: its name, or its index from 0. */
  readonly column?: number | string | undefined;
  /**
   * The table's columns that hold pixel coordinates (a pixel list), x first: names, or indices from 0. By default, of a
   * table with one pair of celestial columns, these.
   */
  readonly columns?: readonly (number | string)[] | undefined;
}

export interface WcsOptions extends WcsSelection {
  /** What tables hold that the header asks for. Those that are left out count as absent: their axes or distortions are passed over with a warning. */
  readonly tables?: WcsTables | undefined;
}

/**
 * The WCS of a header: of an image, of a column of images, or of a pixel list. Reads nothing. A header without WCS
 * keywords has linear axes, world coordinates being pixels counted from 1. What the Standard does not allow but cannot
 * be misunderstood is read, and told in `warnings`.
 *
 * Throws BAD_HEADER for a WCS that makes no sense (a singular matrix, an unknown projection, a longitude without
 * latitude, a unit of another dimension ...), NO_SUCH_KEYWORD for an alternate that the header does not have,
 * NO_SUCH_COLUMN, and BAD_ARGUMENT where the header asks for tables and `tables` is absent: see `readWcs`.
 */
export function wcsOf(header: Header, options: WcsOptions = {}): Wcs {
  const { place, keywords, axes, warnings } = selectWcs(header, options);
  const isOther = (axis: number): boolean => axis !== axes?.lon && axis !== axes?.lat;
  const units = keywords.axes.map((axis, i) => axisUnit(axis, i, keywords.velref, warnings));
  const sky = axes && ([axes.lon, axes.lat] as const);
  const scales = units.map(({ scale }) => scale);
  const matrix = matrixOf(keywords, scales, sky);
  const crpix = keywords.axes.map((axis) => axis.crpix);

  const lookups = axes && place.kind === "image" ? lookupsRead(header, keywords, options.tables, warnings) : [];
  const plate = axes && plateOf(header, keywords, axes, warnings);
  if (axes && plate) placePlate(plate, axes, matrix, crpix);
  const linear = linearOf(matrix, crpix);
  const face = cubeFace(keywords, axes);
  const parts = axes && skyParts(header, keywords, axes, units, linear, lookups, plate, warnings);
  const others = otherAxes(keywords, units, isOther, options.tables?.tabs ?? [], warnings);
  return {
    alternate: keywords.alternate,
    name: keywords.name,
    axes: keywords.axes.map(({ ctype, cname }, i) => ({
      ctype,
      kind: axisKind(ctype),
      unit: units[i]!.unit,
      name: cname,
    })),
    celestial: parts && celestialOf(parts),
    warnings: [...new Set(warnings)],
    ...pipelineOf({ linear, celestial: parts, others, face }),
  };
}

/** What of a header a selection means. */
export interface SelectedWcs {
  readonly place: Place;
  readonly keywords: WcsKeywords;
  readonly axes: CelestialAxes | undefined;
  /** To be added to. */
  readonly warnings: string[];
}

export function selectWcs(header: Header, { alternate = " ", column, columns }: WcsSelection): SelectedWcs {
  const place = placeOf(header, alternate, column, columns);
  checkAlternate(header, place, alternate);
  const keywords = readKeywords(header, place, alternate);
  const warnings = [...keywords.warnings];
  if (place.kind === "pixel list" && columns === undefined)
    warnings.push(`the WCS is that of the pixel list in columns ${place.columns.join(" and ")}, counted from 1`);
  const axes = findCelestial(
    keywords.axes.map(({ ctype }) => ctype),
    warnings,
  );
  return { place, keywords, axes, warnings };
}

function placeOf(
  header: Header,
  alternate: string,
  column: number | string | undefined,
  columns: readonly (number | string)[] | undefined,
): Place {
  if (column !== undefined && columns !== undefined)
    throw new FitsError("BAD_ARGUMENT", "column is of images in cells, columns of a pixel list: give one of them");
  if (column !== undefined) return { kind: "column", column: columnNumber(header, column) };
  if (columns !== undefined) {
    if (!Array.isArray(columns) || columns.length === 0)
      throw new FitsError("BAD_ARGUMENT", "columns are those of x, y ...: an array of names or indices");
    return { kind: "pixel list", columns: columns.map((name) => columnNumber(header, name)) };
  }
  const isTable = header.has("TFIELDS") && header.get("ZIMAGE") !== true && !header.has("CTYPE1");
  const found = isTable ? skyColumns(header, alternate) : undefined;
  return found ? { kind: "pixel list", columns: found } : { kind: "image" };
}

/** The lookup tables that the header asks for, as far as they were read. */
function lookupsRead(
  header: Header,
  keywords: WcsKeywords,
  tables: WcsTables | undefined,
  warnings: string[],
): ReadLookup[] {
  return lookupsOf(header, keywords.alternate, warnings).flatMap((use) => {
    const read = tables?.lookups?.find(
      ({ use: { kind, axis, extver } }) => kind === use.kind && axis === use.axis && extver === use.extver,
    );
    if (read) return [{ use, table: read.table }];
    if (use.optional) return [];
    const what = `the table ${use.extname},${use.extver} of the distortion ${use.kind}`;
    if (!tables) throw new FitsError("BAD_ARGUMENT", `the header asks for ${what}; read it with readWcs, or give tables`);
    warnings.push(`${what} is not there: that distortion is left out`);
    return [];
  });
}

function plateOf(
  header: Header,
  keywords: WcsKeywords,
  { lon, lat }: CelestialAxes,
  warnings: string[],
): (PlateParts & { readonly center: SkyPoint }) | undefined {
  if (keywords.alternate !== " " || keywords.place.kind !== "image" || lon + lat !== 1) return undefined;
  const plate = dssPlate(header, warnings);
  const [x, y] = [keywords.axes[0]!, keywords.axes[1]!].map(({ length = 1 }) => (length + 1) / 2);
  return plate && { ...plateParts(plate, [x!, y!]), center: plate.center };
}

/** Puts the matrix and CRPIX of a plate in the place of the header's. */
function placePlate(plate: PlateParts, { lon, lat }: CelestialAxes, matrix: number[][], crpix: number[]): void {
  for (const [row, axis] of [lon, lat].entries()) {
    matrix[axis]![0] = plate.matrix[row as 0 | 1][0];
    matrix[axis]![1] = plate.matrix[row as 0 | 1][1];
  }
  crpix[0] = plate.crpix[0];
  crpix[1] = plate.crpix[1];
}

function cubeFace({ axes }: WcsKeywords, celestial: CelestialAxes | undefined): CubeFace | undefined {
  const axis = axes.findIndex(({ ctype }) => ctype.toUpperCase() === "CUBEFACE");
  if (axis < 0 || !celestial || !/^(TSC|CSC|QSC)$/.test(celestial.projection)) return undefined;
  return { axis, reference: axes[axis]!.crval };
}

function skyParts(
  header: Header,
  keywords: WcsKeywords,
  axes: CelestialAxes,
  units: readonly AxisUnit[],
  linear: Linear,
  lookups: readonly ReadLookup[],
  plate: (PlateParts & { readonly center: SkyPoint }) | undefined,
  warnings: string[],
): SkyParts {
  const { lon, lat } = axes;
  const found = distortionsOfHeader(header, keywords, axes, lookups, warnings);
  const own: SkyPoint = [
    keywords.axes[lon]!.crval * units[lon]!.scale,
    keywords.axes[lat]!.crval * units[lat]!.scale,
  ];
  const reference = plate?.center ?? own;
  const { frame, warnings: odd } = frameOfAxes(axes.longitude, keywords);
  warnings.push(...odd);
  const pixelAxes = pixelAxesOf(linear.matrix, lon, lat);
  const [x, y] = pixelAxes;
  const isPlain = x === 0 && y === 1;
  if (found.pixel && !isPlain)
    warnings.push(`${found.pixel.kind} is ignored: it is about NAXIS1 and NAXIS2, which are not the sky's axes`);
  const pixel = plate ? plate.distortion : isPlain ? found.pixel : undefined;
  const plane = plate ? [] : found.plane;
  const kinds = plate ? ["DSS"] : [...((isPlain && found.pixel?.kinds) || []), ...plane.map(({ kind }) => kind)];
  return {
    worldAxes: [lon, lat],
    pixelAxes,
    projection: plate ? "TAN" : axes.projection,
    frame,
    distortions: kinds,
    reference,
    pixelDistortions: pixel ? [pixel] : [],
    crpix: [linear.crpix[x]!, linear.crpix[y]!],
    matrix: [
      [linear.matrix[lon]![x]!, linear.matrix[lon]![y]!],
      [linear.matrix[lat]![x]!, linear.matrix[lat]![y]!],
    ],
    sky: skyOf(keywords, axes, reference, plate ? undefined : found, warnings),
  };
}

/** Plane to sky; of a plate the tangential one without parameters. */
function skyOf(
  keywords: WcsKeywords,
  { lon, projection: code }: CelestialAxes,
  reference: SkyPoint,
  found: ReturnType<typeof distortionsOfHeader> | undefined,
  warnings: string[],
): SkyMap {
  if (code === "") return linearSky(reference);
  const { pvLon, pvLat, plane, projection: inside } = found ?? { pvLon: [], pvLat: [], plane: [], projection: "TAN" };
  const [lon0, lat0] = reference;
  const shift = { phi0: pvLon[1], theta0: pvLon[2], offset: (pvLon[0] ?? 0) !== 0 };
  const projection = projectionNamed(inside, pvLat, shift, lat0, lon, warnings);
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

type Projection = NonNullable<ReturnType<typeof projectionOf>>;

/** The projection by its code, obsolete ones included. Throws BAD_HEADER for an unknown one. */
function projectionNamed(
  code: string,
  pv: readonly (number | undefined)[],
  shift: NonNullable<Parameters<typeof projectionOf>[2]>,
  lat0: number,
  lon: number,
  warnings: string[],
): Projection {
  if (code === "GLS") {
    warnings.push("the projection GLS is read as SFL");
    return projectionOf("SFL", [], { phi0: 0, theta0: lat0, offset: true })!;
  }
  if (code === "NCP") {
    if (lat0 === 0) throw new FitsError("BAD_HEADER", "the projection NCP has no place on the equator: CRVAL of DEC is 0");
    warnings.push("the projection NCP is read as SIN");
    const radian = Math.PI / 180;
    return projectionOf("SIN", [undefined, 0, Math.cos(lat0 * radian) / Math.sin(lat0 * radian)], shift)!;
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
