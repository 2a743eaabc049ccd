/**
 * The axes of a header that are not celestial: spectral, time, Stokes, linear, each with its transform.
 */
import { FitsError, printable } from "../errors.js";
import { translateAips } from "./axes/aips.js";
import type { AxisTransform } from "./axes/axis.js";
import { axisKind, ctypeParts } from "./axes/kind.js";
import { linearAxis, logAxis } from "./axes/linear.js";
import { spectralAxis, spectralUnit } from "./axes/spectral-axis.js";
import { type TabData, type TabKeywords, type TabRequest, tabAxis, tabRequests } from "./axes/tab.js";
import type { CelestialAxes } from "./celestial-axes.js";
import type { AxisDescription, WcsKeywords } from "./keywords.js";
import { unitOf } from "./unit.js";

/** The table cells of `-TAB` axes, read. */
export interface ReadTab {
  readonly request: TabRequest;
  readonly data: TabData;
}

/** How one axis is measured. */
export interface AxisUnit {
  /** What one CUNIT is in the unit that is delivered; NaN where CUNIT makes no sense. */
  readonly scale: number;
  /** That unit. */
  readonly unit: string;
  /** CTYPE, in the Standard's own words where it was of AIPS. */
  readonly ctype: string;
}

/**
 * What `make` makes of an axis that is not celestial; undefined, with a warning, where the header's words make no sense and
 * `hasSky`: the sky of a cube is not lost for its third axis. Throws BAD_HEADER without a sky.
 */
function unlessBroken<T>(hasSky: boolean, warnings: string[], make: () => T): T | undefined {
  try {
    return make();
  } catch (error) {
    if (!hasSky || !(error instanceof FitsError) || error.code !== "BAD_HEADER") throw error;
    warnings.push(`${error.message}: this axis has no coordinates`);
    return undefined;
  }
}

/** The units and types of all axes. Throws BAD_HEADER for a unit of another dimension on an axis of the sky. */
export function axisUnits(
  { axes, velref }: WcsKeywords,
  sky: CelestialAxes | undefined,
  warnings: string[],
): AxisUnit[] {
  return axes.map((axis, i) => {
    const besideSky = sky !== undefined && i !== sky.lon && i !== sky.lat;
    const { ctype, cunit } = axis;
    return (
      unlessBroken(besideSky, warnings, () => axisUnit(axis, i, velref, warnings)) ?? {
        ctype,
        scale: Number.NaN,
        unit: cunit,
      }
    );
  });
}

/** The unit and type of an axis, celestial or not. */
function axisUnit(
  { ctype, cunit }: AxisDescription,
  axis: number,
  velref: number | undefined,
  warnings: string[],
): AxisUnit {
  const kind = axisKind(ctype);
  // CRVAL and CDELT of -TAB count indexes, and the table's coordinates are in CUNIT as they stand (as wcslib has it).
  if (ctypeParts(ctype).algorithm === "TAB") return { ctype, scale: 1, unit: cunit };
  if (kind === "longitude" || kind === "latitude") return { ctype, ...scaled(cunit, "deg", axis, warnings) };
  if (kind !== "spectral") return { ctype, scale: 1, unit: cunit };
  const translated = translateAips(ctype, velref);
  if (translated) warnings.push(translated.warning);
  const type = translated?.ctype ?? ctype;
  return { ctype: type, ...scaled(cunit, spectralUnit(ctypeParts(type).quantity) ?? "", axis, warnings) };
}

/** What a CUNIT is in `wanted`. */
function scaled(
  cunit: string,
  wanted: string,
  axis: number,
  warnings: string[],
): Pick<AxisUnit, "scale" | "unit"> {
  if (cunit === "") return { scale: 1, unit: wanted };
  const unit = unitOf(cunit);
  const dimension = unitOf(wanted)?.dimension;
  if (unit?.dimension !== dimension) {
    throw new FitsError(
      "BAD_HEADER",
      `CUNIT${axis + 1} is '${printable(cunit)}', which is no unit of this axis: it should be like '${wanted || "(none)"}'`,
    );
  }
  if (unit!.mended) warnings.push(`CUNIT${axis + 1}: ${unit!.mended}`);
  return { scale: unit!.scale, unit: wanted };
}

/** What the `-TAB` axes of a header need to be read; without tables none can be computed. */
export function tabsOf(keywords: WcsKeywords, isOther: (axis: number) => boolean): TabRequest[] {
  const axes = keywords.axes.flatMap(({ ctype, crval, pv, ps }, axis): TabKeywords[] =>
    isOther(axis) && ctypeParts(ctype).algorithm === "TAB"
      ? [{ axis, ctype, crval, pv: byIndex(pv), ps: byIndex(ps) }]
      : [],
  );
  return axes.length > 0 ? tabRequests(axes) : [];
}

/** The transforms of all axes but those of the sky. Throws BAD_HEADER for one that makes no sense if there is no sky. */
export function otherAxes(
  keywords: WcsKeywords,
  units: readonly AxisUnit[],
  sky: CelestialAxes | undefined,
  tabs: readonly ReadTab[],
  warnings: string[],
): AxisTransform[] {
  const isOther = (axis: number): boolean => axis !== sky?.lon && axis !== sky?.lat;
  const transforms: AxisTransform[] = [];
  for (const request of tabsOf(keywords, isOther)) {
    const read = tabs.find((tab) => JSON.stringify(tab.request) === JSON.stringify(request));
    if (!read)
      warnings.push(
        `the table ${printable(request.extname)} of the -TAB axes is not there: these have no coordinates`,
      );
    transforms.push(read ? tabAxis(request, read.data) : nowhere(request.axes.map(({ axis }) => axis)));
  }
  for (const [axis, { pv, crval: inUnits }] of keywords.axes.entries()) {
    const { ctype, scale } = units[axis]!;
    const { algorithm } = ctypeParts(ctype);
    if (!isOther(axis) || algorithm === "TAB") continue;
    const crval = inUnits * scale;
    const { restfrq, restwav } = keywords;
    const transform = (): AxisTransform => {
      if (Number.isNaN(scale)) return nowhere([axis]);
      if (axisKind(ctype) === "spectral")
        return spectralAxis({ axis, ctype, crval, pv: byIndex(pv), restfrq, restwav });
      return algorithm === "LOG" ? logAxis(axis, crval) : linearAxis(axis, crval);
    };
    transforms.push(unlessBroken(sky !== undefined, warnings, transform) ?? nowhere([axis]));
  }
  return transforms;
}

function nowhere(axes: readonly number[]): AxisTransform {
  const fill = (values: readonly Float64Array[], n: number): void => {
    for (const array of values) array.fill(Number.NaN, 0, n);
  };
  return { axes, toWorld: fill, toIntermediate: fill };
}

function byIndex<T>(list: readonly (T | undefined)[]): Map<number, T> {
  const found = new Map<number, T>();
  for (const [m, value] of list.entries()) if (value !== undefined) found.set(m, value);
  return found;
}
