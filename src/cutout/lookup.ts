/**
 * Tables that a header's world coordinates need: distortions as images (CPDIS, D2IM of Hubble's pipelines, WCS paper IV),
 * which move with the cutout, and coordinate arrays (-TAB, paper III), which do not.
 */
import { bytesPerElement, type DType, type NdArray } from "../array.js";
import type { Card } from "../header/card.js";
import type { Header } from "../header/header.js";
import type { Edits } from "./edits.js";
import { editedCards, multiply, newEdits, numberIn } from "./edits.js";
import { type CutAxis, movedPixel } from "./grid.js";

/** A distortion of one pixel axis that is an image of the same file. */
export interface LookupReference {
  /** EXTNAME and EXTVER of the image. */
  readonly name: string;
  readonly ver: number;
  /** The axis whose pixel coordinate it corrects, 1-based. */
  readonly axis: number;
  /** The axes of the image cut that the axes of the table go along, 1-based. */
  readonly along: readonly number[];
  /** The card that names the version. */
  readonly card: Card | undefined;
  readonly keyword: string;
}

const kinds = [
  { says: /^CPDIS(\d+)([A-Z]?)$/, record: "DP", name: "WCSDVARR" },
  { says: /^D2IMDIS(\d+)([A-Z]?)$/, record: "D2IM", name: "D2IMARR" },
] as const;

/** The lookup tables that a header refers to. */
export function lookupReferences(header: Header): LookupReference[] {
  const found: LookupReference[] = [];
  for (const { keyword, value } of header.cards) {
    for (const { says, record, name } of kinds) {
      const match = says.exec(keyword);
      if (!match || String(value).trim().toUpperCase() !== "LOOKUP") continue;
      const key = `${record}${match[1]}${match[2]}`;
      const field = (which: string): number | undefined => {
        const given = header.get(`${key}.${which}`);
        return typeof given === "number" && Number.isInteger(given) && given > 0 ? given : undefined;
      };
      found.push({
        name,
        ver: field("EXTVER") ?? 1,
        axis: Number(match[1]),
        along: [1, 2].map((axis) => field(`AXIS.${axis}`) ?? axis),
        card: header.all(key).find((card) => /^EXTVER\s*:/i.test(String(card.value))),
        keyword: key,
      });
    }
  }
  return found;
}

/** Notes that a reference names another version of its table. */
export function renumber(
  { card, keyword, name, ver: given }: LookupReference,
  ver: number,
  edits: Edits,
): void {
  if (ver === given) return;
  if (card) edits.records.set(card.raw, String(card.value).replace(/:.*/, `: ${ver}.0`));
  else edits.notes.push(`${keyword} refers to ${name},${ver}`);
}

/** A lookup table as the cutout needs it: its corrections are in pixels of the cutout, and so is its grid. */
export function movedTable(
  header: Header,
  data: NdArray,
  { axis, along }: LookupReference,
  ver: number,
  axes: readonly CutAxis[],
): { cards: Card[]; data: NdArray } {
  const edits = newEdits();
  edits.values.set("EXTVER", ver);
  for (const [i, of] of along.entries()) {
    const cut = axes[of - 1];
    if (!cut || (cut.start === 0 && cut.step === 1)) continue;
    const reference = `CRVAL${i + 1}`;
    edits.values.set(reference, movedPixel(numberIn(header, edits, reference) ?? 0, cut));
    if (cut.step !== 1 && !multiply(header, edits, `CDELT${i + 1}`, 1 / cut.step))
      edits.values.set(`CDELT${i + 1}`, 1 / cut.step);
  }
  const step = axes[axis - 1]?.step ?? 1;
  return { cards: editedCards(header, edits), data: step === 1 ? data : divided(data, step) };
}

function divided(array: NdArray, by: number): NdArray {
  const isFloat = array.dtype === "float32" || array.dtype === "float64";
  const dtype: DType = isFloat && bytesPerElement(array.dtype) === 4 ? "float32" : "float64";
  const values = Array.from(array.data as ArrayLike<number | bigint>, (value) => Number(value) / by);
  const data = dtype === "float32" ? Float32Array.from(values) : Float64Array.from(values);
  return { dtype, data, shape: array.shape, stride: array.stride } as NdArray;
}

/** A table of coordinates of -TAB axes: EXTNAME, EXTVER (paper III, section 6.1.2). */
export interface TabReference {
  readonly name: string;
  readonly ver: number;
}

/** The tables that the -TAB axes of a header refer to, each once. */
export function tabReferences(header: Header): TabReference[] {
  const found = new Map<string, TabReference>();
  for (const { keyword, value } of header.cards) {
    const [, axis, alternate = ""] = /^CTYPE(\d+)([A-Z]?)$/.exec(keyword) ?? [];
    if (!axis || !/-TAB\s*$/.test(String(value))) continue;
    const name = header.get(`PS${axis}_0${alternate}`);
    const ver = header.get(`PV${axis}_1${alternate}`);
    if (typeof name !== "string") continue;
    const reference = { name: name.trim(), ver: typeof ver === "number" && Number.isInteger(ver) ? ver : 1 };
    found.set(`${reference.name},${reference.ver}`, reference);
  }
  return [...found.values()];
}
