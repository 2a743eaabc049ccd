/**
 * Which lookup tables a header asks for: CPDISj and DPj (FITS WCS Paper IV, draft of 2004), and D2IMDISj, D2IMj and AXISCORR of
 * HST's headers.
 */
import { FitsError } from "../../errors.js";
import { type Header, showValue } from "../../header/header.js";
import { coefficient } from "./coefficient.js";

/** A table that a header asks for. */
export interface LookupUse {
  readonly kind: "CPDIS" | "D2IM";
  /** The pixel axis, 1 or 2, to which the values of the table are added. */
  readonly axis: 1 | 2;
  /** Which pixel axes the table's NAXIS1 and NAXIS2 stand for. */
  readonly inputs: readonly [1 | 2, 1 | 2];
  /** The image extension that holds the table. */
  readonly extname: "WCSDVARR" | "D2IMARR";
  readonly extver: number;
  /** Whether a header without its tables is read all the same, with a warning (AXISCORR; so does astropy). */
  readonly optional: boolean;
}

/**
 * The tables that a header asks for, D2IM first. Kinds of distortion that are no lookup tables are ignored with a warning,
 * as in astropy. Throws BAD_HEADER where the keywords contradict one another.
 *
 * @param alternate `" "`, or `"A"` to `"Z"`, which has CPDIS tables of its own or none; D2IM corrects the pixels of all
 */
export function lookupsOf(header: Header, alternate: string, warnings: string[]): LookupUse[] {
  return [...detectorTables(header, warnings), ...priorTables(header, alternate.trim(), warnings)];
}

function priorTables(header: Header, alternate: string, warnings: string[]): LookupUse[] {
  const uses = ([1, 2] as const).map((axis) =>
    tableOf(header, `CPDIS${axis}${alternate}`, `DP${axis}${alternate}`, "CPDIS", axis, warnings),
  );
  return uses.filter((use) => use !== undefined);
}

function detectorTables(header: Header, warnings: string[]): LookupUse[] {
  const axis = coefficient(header, "AXISCORR");
  if (axis === 1 || axis === 2) {
    return [{ kind: "D2IM", axis, inputs: [1, 2], extname: "D2IMARR", extver: 1, optional: true }];
  }
  if (axis !== undefined) {
    warnings.push(`AXISCORR is ${axis}, neither 1 nor 2: no detector correction is made`);
    return [];
  }
  const uses = ([1, 2] as const).map((j) => tableOf(header, `D2IMDIS${j}`, `D2IM${j}`, "D2IM", j, warnings));
  return uses.filter((use) => use !== undefined);
}

function tableOf(
  header: Header,
  keyword: string,
  record: string,
  kind: LookupUse["kind"],
  axis: 1 | 2,
  warnings: string[],
): LookupUse | undefined {
  const type = header.get(keyword);
  if (type === undefined || type === null) return undefined;
  if (typeof type !== "string" || type.trim().toUpperCase() !== "LOOKUP") {
    warnings.push(`${keyword} is ${showValue(type)}: only LOOKUP is known, so this distortion is ignored`);
    return undefined;
  }
  const extver = coefficient(header, `${record}.EXTVER`) ?? 1;
  if (!Number.isSafeInteger(extver)) throw contradiction(`${record}.EXTVER`, extver, "an integer");
  const axes = coefficient(header, `${record}.NAXES`) ?? 2;
  if (axes !== 1 && axes !== 2) throw contradiction(`${record}.NAXES`, axes, "1 or 2");
  warnOfRange(header, record, warnings);
  return {
    kind,
    axis,
    inputs: inputsOf(header, record, axes),
    extname: kind === "CPDIS" ? "WCSDVARR" : "D2IMARR",
    extver,
    optional: false,
  };
}

/** DPj.AXIS.k says which pixel axis the table's axis k stands for: k itself where the keyword is absent. */
function inputsOf(header: Header, record: string, axes: 1 | 2): [1 | 2, 1 | 2] {
  const [first, second] = ([1, 2] as const).map((k) => {
    const keyword = `${record}.AXIS.${k}`;
    const input = coefficient(header, keyword);
    if (input === undefined || input === 1 || input === 2) return input;
    throw contradiction(keyword, input, "1 or 2: other axes have no part in a distortion of the image");
  });
  // One axis may be told by the other.
  const inputs = [first ?? other(axes === 2 ? second : 2), second ?? other(first ?? 1)] as const;
  if (axes === 2 && inputs[0] === inputs[1]) {
    throw contradiction(`${record}.AXIS.2`, inputs[1], `another than ${record}.AXIS.1`);
  }
  return axes === 1 ? [inputs[0], other(inputs[0])] : [inputs[0], inputs[1]];
}

function other(axis: 1 | 2 | undefined): 1 | 2 {
  return axis === 1 ? 2 : 1;
}

/** OFFSET and SCALE of DPj, which Paper IV has for all distortions and no known table needs. */
function warnOfRange(header: Header, record: string, warnings: string[]): void {
  for (const k of [1, 2]) {
    const offset = coefficient(header, `${record}.OFFSET.${k}`) ?? 0;
    const scale = coefficient(header, `${record}.SCALE.${k}`) ?? 1;
    if (offset !== 0 || scale !== 1) {
      warnings.push(
        `${record}.OFFSET.${k} and ${record}.SCALE.${k} are ignored: a lookup table has CRVAL and CDELT`,
      );
    }
  }
}

function contradiction(keyword: string, value: number, wanted: string): FitsError {
  return new FitsError("BAD_HEADER", `${keyword} is ${value}, which should be ${wanted}; mend the header`);
}
