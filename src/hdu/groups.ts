/**
 * A random groups HDU (FITS Standard section 6): groups of parameters, each with a small array, as radio
 * interferometers write them.
 */
import { allocate, bytesPerElement, type DType, elementCount, type NdArray, ndarray } from "../array.js";
import { FitsError, hduLabel } from "../errors.js";
import { requireDataNumber } from "../header/header.js";
import { stridedPlan } from "../image/contiguous.js";
import type { Axis } from "../image/runs.js";
import { dtypeOfBitpix, physicalDtype, type Scaling, scalingOf, unscaled } from "../image/scale.js";
import type { ReadOptions } from "../read/options.js";
import { done, map, type Plan, together } from "../read/plan.js";
import type { HduLayout, RunPlan, ValueOptions } from "./hdu.js";

/** Groups from `start` up to but without `stop`; clipped to those there are. Default all. */
export interface GroupRange {
  start?: number | undefined;
  stop?: number | undefined;
}

/** `raw` concerns the arrays alone: parameters are always physical. */
export interface GroupOptions extends ReadOptions, ValueOptions {}

/** One group. */
export interface Group {
  /** PSCALn * stored + PZEROn by PTYPEn; parameters of the same name are added up, as the Standard says. */
  parameters: Map<string, number>;
  /** Slowest axis first. */
  array: NdArray;
}

/** Several groups: one value per group of each parameter, and an array with the groups as its slowest axis. */
export interface Groups {
  parameters: Map<string, Float64Array<ArrayBuffer>>;
  array: NdArray;
}

/**
 * Random groups. Its `shape` is that of all arrays together: [groups, ...array], slowest axis first. Methods that
 * read throw FitsError: BAD_SELECTION for a group that is not there, TRUNCATED where the file ends before it.
 */
export interface GroupsHdu extends HduLayout {
  readonly kind: "groups";
  /** GCOUNT. */
  readonly groupCount: number;
  /** PTYPEn of each parameter, in order; `PARn` for one without. Repeated where the header repeats them. */
  readonly parameterNames: readonly string[];
  /** Type of the arrays' physical values. */
  readonly dtype: DType;
  /** Type of the stored values. */
  readonly rawDtype: DType;
  /** The plan of a range of groups: pure, reads nothing. */
  plan(range?: GroupRange, options?: ValueOptions): Plan<Groups>;
  /** Reads one group; negative numbers count from the end. */
  group(i: number, options?: GroupOptions): Promise<Group>;
  /** Reads a range of groups. */
  groups(range?: GroupRange, options?: GroupOptions): Promise<Groups>;
}

/** PTYPEn has three digits at most. */
const mostNames = 999;

/** The file that groups are read from. */
export interface GroupsFile {
  readonly run: RunPlan;
  readonly source: { readonly size?: number | undefined };
}

/** The random groups that `layout` describes. */
export function groupsHdu(layout: HduLayout, file: GroupsFile): GroupsHdu {
  const { header } = layout;
  const { run } = file;
  const rawDtype = dtypeOfBitpix(layout.bitpix);
  const groupCount = layout.shape[0] ?? 0;
  const parameterCount = parametersOf(layout);
  const dtypeOf = (raw: boolean): DType =>
    raw ? rawDtype : physicalDtype(rawDtype, scalingOf(header, rawDtype, hduLabel(layout)));

  const names = (): string[] =>
    Array.from(
      { length: Math.min(parameterCount, mostNames) },
      (_, i) => header.string(`PTYPE${i + 1}`)?.trim() || `PAR${i + 1}`,
    );

  function planRange({ start, stop }: { start: number; stop: number }, raw: boolean): Plan<Groups> {
    const count = Math.max(0, stop - start);
    const parameters = parameterPlan(layout, parameterCount, start, count, file);
    const array = arrayPlan(layout, parameterCount, start, count, raw, file);
    return map(together([parameters, array]), ([stored, pixels]) => ({
      parameters: named(layout, names(), stored as NdArray<"float64">),
      array: pixels,
    }));
  }

  const plan = (range: GroupRange = {}, options: ValueOptions = {}): Plan<Groups> =>
    planRange(clipped(range, groupCount), options.raw ?? false);

  return {
    ...layout,
    kind: "groups",
    groupCount,
    get parameterNames() {
      return names();
    },
    get dtype() {
      return dtypeOf(false);
    },
    rawDtype,
    plan,
    async group(i, options = {}) {
      const start = i < 0 ? i + groupCount : i;
      if (!Number.isInteger(i) || start < 0 || start >= groupCount) {
        throw new FitsError("BAD_SELECTION", `${hduLabel(layout)} has no group ${i}: it has ${groupCount}`);
      }
      const found = await run(planRange({ start, stop: start + 1 }, options.raw ?? false), options);
      const parameters = new Map([...found.parameters].map(([name, values]) => [name, values[0]!]));
      return { parameters, array: ndarray(found.array.data, found.array.shape.slice(1)) };
    },
    groups: async (range = {}, options = {}) => run(plan(range, options), options),
  };
}

function parametersOf(layout: HduLayout): number {
  const count = layout.header.integer("PCOUNT") ?? 0;
  if (count >= 0) return count;
  throw new FitsError("BAD_HEADER", `${hduLabel(layout)}: PCOUNT = ${count} is negative`);
}

function clipped(range: GroupRange, groupCount: number): { start: number; stop: number } {
  const { start = 0, stop = groupCount } = range;
  for (const n of [start, stop]) {
    if (!Number.isInteger(n)) throw new FitsError("BAD_SELECTION", `${n} is not the number of a group`);
  }
  const clip = (n: number): number => Math.min(Math.max(n < 0 ? n + groupCount : n, 0), groupCount);
  return { start: clip(start), stop: clip(stop) };
}

/** Shape of one group's array: none at all where NAXIS1 = 0 is the only axis. */
function arrayShape(layout: HduLayout): number[] {
  return layout.shape.length > 1 ? layout.shape.slice(1) : [0];
}

/** The stored parameters, [groups, parameters]. */
function parameterPlan(
  layout: HduLayout,
  parameterCount: number,
  start: number,
  count: number,
  file: GroupsFile,
): Plan<NdArray> {
  const rawDtype = dtypeOfBitpix(layout.bitpix);
  const shape = [count, parameterCount];
  return memberPlan({
    ...{ layout, parameterCount, start, count, file, shape, rawDtype, dtype: "float64" },
    ...{ within: 0, what: "parameters of", scaling: unscaled },
  });
}

/** The arrays, [groups, ...array]. */
function arrayPlan(
  layout: HduLayout,
  parameterCount: number,
  start: number,
  count: number,
  raw: boolean,
  file: GroupsFile,
): Plan<NdArray> {
  const rawDtype = dtypeOfBitpix(layout.bitpix);
  const scaling = raw ? unscaled : scalingOf(layout.header, rawDtype, hduLabel(layout));
  const dtype = raw ? rawDtype : physicalDtype(rawDtype, scaling);
  const shape = [count, ...arrayShape(layout)];
  return memberPlan({
    ...{ layout, parameterCount, start, count, file, shape, rawDtype, dtype },
    ...{ within: parameterCount, what: "groups of", scaling },
  });
}

interface Member {
  layout: HduLayout;
  parameterCount: number;
  start: number;
  count: number;
  file: GroupsFile;
  /** Of the result: groups first. */
  shape: number[];
  rawDtype: DType;
  dtype: DType;
  /** Elements of a group before the ones wanted. */
  within: number;
  what: string;
  scaling: Scaling;
}

function memberPlan(member: Member): Plan<NdArray> {
  const { layout, parameterCount, start, count, shape, rawDtype, dtype, within } = member;
  const total = elementCount(shape);
  if (total === 0) return map(done(shape), (empty) => ndarray(allocate(dtype, 0), empty));
  const size = bytesPerElement(rawDtype);
  const groupBytes = (parameterCount + elementCount(arrayShape(layout))) * size;
  const each = total / count;
  const axes: Axis[] = [];
  if (count > 1) axes.push({ count, stride: groupBytes, out: each });
  if (each > 1) axes.push({ count: each, stride: size, out: 1 });
  const offset = layout.dataOffset + start * groupBytes + within * size;
  const data = stridedPlan({
    label: hduLabel(layout),
    what: member.what,
    box: { offset, at: 0, size, axes },
    rawDtype,
    dtype,
    scaling: member.scaling,
    count: total,
    fileSize: member.file.source.size,
    options: { raw: true, keep: true },
  });
  return map(data, (values) => ndarray(values, shape));
}

/** Stored parameters made physical, those of one name added up: the parts of a number too precise for one. */
function named(
  layout: HduLayout,
  names: readonly string[],
  stored: NdArray<"float64">,
): Map<string, Float64Array<ArrayBuffer>> {
  const [count, width] = stored.shape as [number, number];
  const parameters = new Map<string, Float64Array<ArrayBuffer>>();
  for (const [p, name] of names.entries()) {
    const scale = Number(requireDataNumber(layout.header, `PSCAL${p + 1}`, hduLabel(layout)) ?? 1);
    const zero = Number(requireDataNumber(layout.header, `PZERO${p + 1}`, hduLabel(layout)) ?? 0);
    const before = parameters.get(name);
    const values = before ?? new Float64Array(count);
    for (let i = 0; i < count; i++) values[i] = values[i]! + (stored.data[i * width + p]! * scale + zero);
    if (!before) parameters.set(name, values);
  }
  return parameters;
}
