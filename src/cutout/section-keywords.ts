/**
 * Keywords that hold sections of the image or of the detector, `[x1:x2,y1:y2]`, as observatories write them.
 */
import type { Header } from "../header/header.js";
import type { Edits } from "./edits.js";
import type { CutAxis } from "./grid.js";

/** Sections of the image itself. */
const ofImage = /^(DATASEC|TRIMSEC|BIASSEC)[A-Z]?$/;
/** Sections of something else that corresponds to the image. */
const ofDetector = /^(CCDSEC|DETSEC|AMPSEC|ORIGSEC)[A-Z]?$/;

/**
 * Notes what such keywords become where pixels are cut off: sections of the image move with its pixels, as far as the cutout
 * has them; all others go, as nothing says how they correspond. HISTORY tells what went.
 */
export function editSections(header: Header, axes: readonly CutAxis[], edits: Edits): void {
  for (const { keyword, value } of header.cards) {
    if (!ofImage.test(keyword) && !ofDetector.test(keyword)) continue;
    const moved = ofImage.test(keyword) && typeof value === "string" ? movedSection(value, axes) : undefined;
    edits.values.set(keyword, moved ?? null);
    if (moved === undefined) edits.notes.push(`${keyword} left out: it was '${String(value).trim()}'`);
  }
}

/** A section in pixels of the cutout; undefined where the cutout has none of it, or takes steps. */
function movedSection(text: string, axes: readonly CutAxis[]): string | undefined {
  const match = /^\s*\[\s*(\d+)\s*:\s*(\d+)\s*,\s*(\d+)\s*:\s*(\d+)\s*\]\s*$/.exec(text);
  if (!match) return undefined;
  const ranges: string[] = [];
  for (const i of [0, 1]) {
    const axis = axes[i];
    if (axis?.step !== 1) return undefined;
    const bounds = [Number(match[1 + 2 * i]), Number(match[2 + 2 * i])].map((at) => at - axis.start);
    const [low, high] = [Math.max(1, Math.min(...bounds)), Math.min(axis.count, Math.max(...bounds))];
    if (low > high) return undefined;
    ranges.push(bounds[0]! <= bounds[1]! ? `${low}:${high}` : `${high}:${low}`);
  }
  return `[${ranges.join(",")}]`;
}
