/**
 * From a header to its WCS.
 */
import { checkObject } from "../argument.js";
import { FitsError } from "../errors.js";
import type { Header } from "../header/header.js";
import { axisKind } from "./axes/kind.js";
import { celestialOf } from "./celestial.js";
import { type CelestialAxes, findCelestial } from "./celestial-axes.js";
import { columnNumber, type Place, skyColumns } from "./dialects.js";
import { lookupsOf } from "./distortions/lookup-keywords.js";
import type { ReadLookup } from "./distortions-of-header.js";
import { checkAlternate, readKeywords, type WcsKeywords } from "./keywords.js";
import { linearOf, matrixOf } from "./linear.js";
import { axisUnits, otherAxes, type ReadTab } from "./other-axes.js";
import { type CubeFace, pipelineOf } from "./pipeline.js";
import { skyParts } from "./sky-of-header.js";
import type { Wcs } from "./wcs.js";

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
 * latitude, a unit of another dimension ...; beside a sky, an axis that makes no sense has the coordinate NaN, and a
 * warning), NO_SUCH_KEYWORD for an alternate that the header does not have,
 * NO_SUCH_COLUMN, and BAD_ARGUMENT where the header asks for tables and `tables` is absent: see `readWcs`.
 */
export function wcsOf(header: Header, options: WcsOptions = {}): Wcs {
  checkObject(options);
  const { place, keywords, axes, warnings } = selectWcs(header, options);
  const units = axisUnits(keywords, axes, warnings);
  // The matrix needs an inverse, also where an axis has no unit and for that no coordinates.
  const scales = units.map(({ scale }) => (Number.isNaN(scale) ? 1 : scale));
  const matrix = matrixOf(keywords, scales, axes && [axes.lon, axes.lat], warnings);
  const crpix = keywords.axes.map((axis) => axis.crpix);

  const lookups =
    axes && place.kind === "image" ? lookupsRead(header, keywords, options.tables, warnings) : [];
  const parts = axes && skyParts({ header, keywords, axes, units, lookups, warnings }, matrix, crpix);
  const firstPixel = parts?.firstPixel ?? 0;
  const linear = linearOf(
    matrix,
    crpix.map((value) => value - 1 + firstPixel),
  );
  const face = cubeFace(keywords, axes);
  const others = otherAxes(keywords, units, axes, options.tables?.tabs ?? [], warnings);
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
    ...pipelineOf({ linear, firstPixel, celestial: parts, others, face }),
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
  if (typeof header?.get !== "function")
    throw new FitsError("BAD_ARGUMENT", "wcsOf takes the header of an HDU: wcsOf(hdu.header)");
  const place = placeOf(header, alternate, column, columns);
  checkAlternate(header, place, alternate);
  const keywords = readKeywords(header, place, alternate);
  const warnings = [...keywords.warnings];
  if (place.kind === "pixel list" && columns === undefined)
    warnings.push(
      `the WCS is that of the pixel list in columns ${place.columns.join(" and ")}, counted from 1`,
    );
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
    throw new FitsError(
      "BAD_ARGUMENT",
      "column is of images in cells, columns of a pixel list: give one of them",
    );
  if (column !== undefined) return { kind: "column", column: columnNumber(header, column) };
  if (columns !== undefined) {
    if (!Array.isArray(columns) || columns.length === 0)
      throw new FitsError("BAD_ARGUMENT", "columns are those of x, y ...: an array of names or indices");
    return { kind: "pixel list", columns: columns.map((name) => columnNumber(header, name)) };
  }
  const isImage = header.get("ZIMAGE") === true || header.has("CTYPE1");
  const found = isImage ? undefined : skyColumns(header, alternate);
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
    const what = `the table ${use.extname},${use.extver} of the distortion ${use.kind}`;
    if (!tables && !use.optional)
      throw new FitsError(
        "BAD_ARGUMENT",
        `the header asks for ${what}; read it with readWcs, or give tables`,
      );
    warnings.push(`${what} is not there: that distortion is left out`);
    return [];
  });
}

function cubeFace({ axes }: WcsKeywords, celestial: CelestialAxes | undefined): CubeFace | undefined {
  const axis = axes.findIndex(({ ctype }) => ctype.toUpperCase() === "CUBEFACE");
  if (axis < 0 || !celestial || !/^(TSC|CSC|QSC)$/.test(celestial.projection)) return undefined;
  return { axis, reference: axes[axis]!.crval };
}
