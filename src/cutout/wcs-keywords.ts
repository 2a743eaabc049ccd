/**
 * The keywords of world coordinates of a cutout: reference pixels of all alternates, and with steps the matrix, SIP, and
 * the plates of DSS (FITS papers I and II, the SIP convention, the plate solution of the Digitized Sky Survey).
 */
import { type Card, parseCard } from "../header/card.js";
import type { Header } from "../header/header.js";
import { formatCard } from "../write/card.js";
import { type Edits, multiply, numberIn } from "./edits.js";
import { type CutAxis, movedPixel } from "./grid.js";

/** Notes what the WCS keywords of a header become. `axes`: NAXIS1 first. */
export function editWcs(header: Header, axes: readonly CutAxis[], edits: Edits): void {
  for (const alternate of alternatesOf(header)) {
    const last = lastAxis(header, alternate);
    const most = numberIn(header, edits, `WCSAXES${alternate}`) ?? axes.length;
    // An axis behind those of WCSAXES has no coordinates.
    const own = axes.slice(0, Math.max(most, last));
    moveReference(header, alternate, own, last, edits);
    if (own.some(({ step }) => step !== 1)) scaleMatrix(header, alternate, own, edits);
  }
  scaleSip(header, axes, edits);
  movePlate(header, axes, edits);
  moveLogical(header, axes, edits);
}

const described =
  /^(?:(?:CTYPE|CRVAL|CRPIX|CDELT|CUNIT|CNAME)\d{1,3}|(?:PC|CD)\d{1,3}_\d{1,3}|WCSAXES|WCSNAME)([A-Z]?)$/;

/** The alternates that a header has: `""`, `"A"` to `"Z"`. */
function alternatesOf(header: Header): string[] {
  const found = new Set<string>();
  for (const { keyword } of header.cards) {
    const match = described.exec(keyword);
    if (match) found.add(match[1]!);
    else if (/^(PC|CD)\d{6}$|^CROTA\d/.test(keyword)) found.add("");
  }
  return [...found];
}

function isMoved({ start, step }: CutAxis): boolean {
  return start !== 0 || step !== 1;
}

/**
 * CRPIXja, 0 where it is absent. An axis that no keyword mentions, as none is beyond the axis `last`, is linear, its coordinate
 * the pixel of the image: it gets the keywords needed for it to stay so.
 */
function moveReference(
  header: Header,
  alternate: string,
  axes: readonly CutAxis[],
  last: number,
  edits: Edits,
): void {
  for (const [i, axis] of axes.entries()) {
    if (!isMoved(axis)) continue;
    const keyword = `CRPIX${i + 1}${alternate}`;
    edits.values.set(keyword, movedPixel(numberIn(header, edits, keyword) ?? 0, axis));
    if (i < last) continue;
    edits.values.set(`CRVAL${i + 1}${alternate}`, 0);
    edits.values.set(`CTYPE${i + 1}${alternate}`, " ");
  }
}

/**
 * Cards with WCSAXESa where an alternate has more axes than two: of a compressed image NAXIS is 2, as of any table, and
 * readers would take the other axes for mistakes.
 */
export function withWcsAxes(header: Header): Card[] {
  let cards = [...header.cards];
  for (const alternate of alternatesOf(header)) {
    const keyword = `WCSAXES${alternate}`;
    const count = lastAxis(header, alternate);
    if (count <= 2 || header.has(keyword)) continue;
    const first = cards.findIndex((card) => described.exec(card.keyword)?.[1] === alternate);
    const at = first < 0 ? cards.length : first;
    const card = parseCard(
      formatCard({ keyword, value: count, comment: "number of axes of the coordinates" }),
    );
    cards = [...cards.slice(0, at), card, ...cards.slice(at)];
  }
  return cards;
}

/** The last axis that a keyword of an alternate mentions. */
function lastAxis(header: Header, alternate: string): number {
  let last = 0;
  for (const { keyword } of header.cards) {
    const match = /^(?:CTYPE|CRVAL|CRPIX|CDELT|CUNIT|CNAME|PC\d{1,3}_|CD\d{1,3}_)(\d{1,3})([A-Z]?)$/.exec(
      keyword,
    );
    if (match && match[2] === alternate) last = Math.max(last, Number(match[1]));
  }
  return last;
}

/** An element of a matrix in the header. */
interface Element {
  readonly keyword: string;
  readonly row: number;
  readonly column: number;
}

/** The elements of PC or CD that a header has, in today's spelling or that of old drafts (`PC001002`). */
function elementsOf(header: Header, matrix: "PC" | "CD", alternate: string): Element[] {
  const found = new Map<string, Element>();
  for (const { keyword } of header.cards) {
    const today = /^(PC|CD)(\d{1,3})_(\d{1,3})([A-Z]?)$/.exec(keyword);
    const old = alternate === "" ? /^(PC|CD)(\d{3})(\d{3})$/.exec(keyword) : null;
    const match = today && today[4] === alternate ? today : old;
    if (match?.[1] === matrix)
      found.set(keyword, { keyword, row: Number(match[2]), column: Number(match[3]) });
  }
  return [...found.values()];
}

/** The columns of the matrix, whichever form it has: a step of k makes a pixel k times as wide. */
function scaleMatrix(header: Header, alternate: string, axes: readonly CutAxis[], edits: Edits): void {
  const pc = elementsOf(header, "PC", alternate);
  const cd = elementsOf(header, "CD", alternate);
  for (const { keyword, column } of [...pc, ...cd])
    multiply(header, edits, keyword, axes[column - 1]?.step ?? 1);
  const isAngle = alternate === "" && pc.length === 0 && cd.length === 0;
  const turned = isAngle ? turn(header, axes, edits) : [];
  for (const [i, { step }] of axes.entries()) {
    const axis = i + 1;
    if (step === 1) continue;
    if (pc.length > 0) {
      const has = pc.some(({ row, column }) => row === axis && column === axis);
      if (!has) edits.values.set(diagonal(pc[0]!, axis, alternate), step);
    } else if (cd.length > 0) {
      // Of an axis that no element mentions, the matrix counts as 1.
      const has = cd.some(
        ({ keyword, row, column }) =>
          (row === axis || column === axis) && numberIn(header, edits, keyword) !== 0,
      );
      if (!has) edits.values.set(diagonal(cd[0]!, axis, alternate), step);
      multiply(header, edits, `CDELT${axis}${alternate}`, step);
    } else if (!turned.includes(axis)) {
      const keyword = `CDELT${axis}${alternate}`;
      edits.values.set(keyword, (numberIn(header, edits, keyword) ?? 1) * step);
    }
  }
}

/** The name of a diagonal element, spelt as another one is. */
function diagonal({ keyword }: Element, axis: number, alternate: string): string {
  const matrix = keyword.slice(0, 2);
  const digits = String(axis).padStart(3, "0");
  return keyword.includes("_") ? `${matrix}${axis}_${axis}${alternate}` : `${matrix}${digits}${digits}`;
}

/**
 * CROTA of the latitude axis: with steps that differ the axes are no longer at right angles, which no angle can say, so
 * that the matrix takes its place (paper II, section 6.1). Answers with the axes that were seen to.
 */
function turn(header: Header, axes: readonly CutAxis[], edits: Edits): number[] {
  const [lon, lat] = celestialAxes(header);
  const angle = numberIn(header, edits, `CROTA${lat}`) ?? 0;
  const steps = [lon, lat].map((axis) => axes[axis - 1]?.step ?? 1) as [number, number];
  if (angle === 0 || steps[0] === steps[1]) return [];
  const [scaleLon, scaleLat] = [lon, lat].map((axis) => numberIn(header, edits, `CDELT${axis}`) ?? 1);
  const ratio = scaleLat! / scaleLon!;
  const [cos, sin] = [Math.cos((angle * Math.PI) / 180), Math.sin((angle * Math.PI) / 180)];
  edits.values.set(`PC${lon}_${lon}`, cos * steps[0]);
  edits.values.set(`PC${lon}_${lat}`, -sin * ratio * steps[1]);
  edits.values.set(`PC${lat}_${lon}`, (sin / ratio) * steps[0]);
  edits.values.set(`PC${lat}_${lat}`, cos * steps[1]);
  for (const { keyword } of header.cards) if (/^CROTA\d+$/.test(keyword)) edits.values.set(keyword, null);
  edits.notes.push("CROTA became a PC matrix, as the steps of the two axes differ");
  return [lon, lat];
}

/** The axes of longitude and latitude; 1 and 2 where no CTYPE tells. */
function celestialAxes(header: Header): [lon: number, lat: number] {
  const named = (pattern: RegExp): number | undefined => {
    const card = header.cards.find(
      ({ keyword, value }) => /^CTYPE\d+$/.test(keyword) && pattern.test(String(value)),
    );
    return card && Number(card.keyword.slice(5));
  };
  const lat = named(/^(DEC|.LAT|..LT)/i) ?? 2;
  return [named(/^(RA(-|$| )|.LON|..LN)/i) ?? (lat === 1 ? 2 : 1), lat];
}

/** A_p_q is in pixels of axis 1, of offsets in pixels of both; B_p_q in those of axis 2. */
function scaleSip(header: Header, axes: readonly CutAxis[], edits: Edits): void {
  const [kx, ky] = [axes[0]?.step ?? 1, axes[1]?.step ?? 1];
  if (kx === 1 && ky === 1) return;
  for (const keyword of new Set(header.cards.map((card) => card.keyword))) {
    const [, name, p, q] = /^(A|B|AP|BP)_(\d)_(\d)$/.exec(keyword) ?? [];
    const own = name?.startsWith("A") ? kx : ky;
    if (name) multiply(header, edits, keyword, (kx ** Number(p) * ky ** Number(q)) / own);
    const [, most] = /^([AB])_DMAX$/.exec(keyword) ?? [];
    if (most) multiply(header, edits, keyword, 1 / Math.abs(most === "A" ? kx : ky));
  }
}

/** Corner and pixels of a digitized plate. */
function movePlate(header: Header, axes: readonly CutAxis[], edits: Edits): void {
  for (const [i, size] of ["XPIXELSZ", "YPIXELSZ"].entries()) {
    const axis = axes[i];
    const corner = numberIn(header, edits, `CNPIX${i + 1}`);
    if (!axis || corner === undefined || !isMoved(axis)) continue;
    const { start, step } = axis;
    edits.values.set(`CNPIX${i + 1}`, step === 1 ? corner + start : (corner + start + 0.5) / step - 0.5);
    multiply(header, edits, size, step);
  }
}

/** LTVj and LTMi_j, from IRAF's physical coordinates to pixels. */
function moveLogical(header: Header, axes: readonly CutAxis[], edits: Edits): void {
  const rows = new Set<number>();
  for (const { keyword } of header.cards) {
    const match = /^LTV(\d+)$|^LTM(\d+)_\d+$/.exec(keyword);
    if (match) rows.add(Number(match[1] ?? match[2]));
  }
  for (const row of rows) {
    const axis = axes[row - 1];
    if (!axis || !isMoved(axis)) continue;
    const vector = `LTV${row}`;
    edits.values.set(vector, movedPixel(numberIn(header, edits, vector) ?? 0, axis));
    if (axis.step === 1) continue;
    const elements = header.cards.filter(({ keyword }) => keyword.startsWith(`LTM${row}_`));
    for (const { keyword } of elements) multiply(header, edits, keyword, 1 / axis.step);
    if (!elements.some(({ keyword }) => keyword === `LTM${row}_${row}`))
      edits.values.set(`LTM${row}_${row}`, 1 / axis.step);
  }
}
