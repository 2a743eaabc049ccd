/**
 * What to read for a view, in which order: sections for one job after the other. Pure but for the pages, which say what is
 * known.
 */
import { atLevel, overlap, pageSide, type Rect } from "./geometry.js";
import { isRead } from "./page.js";
import type { Pages } from "./pages.js";
import { firstSpacing, firstTileSpacing, rowPasses, rowsFrom, tilePasses } from "./passes.js";
import type { Supply } from "./supply.js";
import { pixelsOf, type Run, type UnitGrid, unitGrid, unitsIn } from "./units.js";

/** How much of a view may be read: what its budget allows, one row for each row of texels, or all. */
export type Permission = "budget" | "sampled" | "exact";

/** A view, as far as reading goes. */
export interface Target {
  readonly level: number;
  readonly supply: Supply;
  readonly grid: UnitGrid;
  /** What is to be read, in pixels of the supply: what is in sight, or the whole image. */
  readonly sight: Rect;
  readonly units: Rect;
  /** The row of units in the middle of what is in sight. */
  readonly middle: number;
  /** The whole image is read, and goes to every level. */
  readonly whole: boolean;
  /** Rows are read side by side, all of them. */
  readonly dense: boolean;
  /** Units from one to the next of the first pass, and of the last one that is read within the budget. */
  readonly first: number;
  readonly last: number;
  /** How far a known row, or tile, stands for unknown ones around: rows of texels, or tiles. */
  readonly reach: number;
}

/** A read: sections, in pixels of the supply, of whole units. */
export interface Job {
  readonly sections: readonly Rect[];
  readonly bytes: number;
  readonly dense: boolean;
  /** Of the first pass over the view. */
  readonly first: boolean;
}

export interface Budgets {
  /** Most bytes of a view. */
  readonly view: number;
  /** Most bytes of pages. */
  readonly pages: number;
}

const jobBytes = 4e6;
const jobPixelBytes = 16e6;
const jobSections = 32;

/** Whether a plane is small enough to be read, and held, whole. */
export function isReadWhole(supply: Supply, { view, pages }: Budgets): boolean {
  const { width, height, pixelBytes } = supply;
  // Coarser levels take a third more; their texels take eight bytes.
  const held = width * height * (pixelBytes + 8 / 3);
  return held <= pages * 0.9 && supply.bytesOf({ x0: 0, y0: 0, x1: width, y1: height }) <= view;
}

/** The target of what is in sight, in pixels of level 0. */
export function targetOf(sight: Rect, level: number, supply: Supply, budgets: Budgets): Target {
  const grid = unitGrid(supply, level);
  const all = { x0: 0, y0: 0, x1: supply.width, y1: supply.height };
  const whole = isReadWhole(supply, budgets);
  // Whole texels: of one that is in sight in part, all pixels count.
  const seen = overlap(wholeTexels(sight, level, supply.base), all)!;
  const inSupply = whole ? all : seen;
  const units = unitsIn(grid, inSupply);
  const pixels = pixelsOf(grid, units, supply);
  const middle = (seen.y0 + seen.y1 - 1) / 2 / grid.height;
  const texel = 2 ** (level - supply.base);
  const base = { level, supply, grid, sight: inSupply, units, middle, whole };
  const half = budgets.view / 2;
  const [columns, rows] = [units.x1 - units.x0, units.y1 - units.y0];
  if (grid.tiles) {
    const first = whole
      ? 1
      : firstTileSpacing(columns, rows, supply.bytesOf(pixels) / (columns * rows), half);
    return { ...base, dense: whole, first, last: 1, reach: first > 1 ? first : 0 };
  }
  const acrossGaps = { ...pixels, x0: 0, x1: supply.width };
  if (whole || supply.bytesOf(acrossGaps) <= budgets.view)
    return { ...base, dense: true, first: 1, last: 1, reach: 0 };
  const last = 2 ** Math.floor(Math.log2(Math.max(1, texel / grid.height)));
  const first = Math.max(last, firstSpacing(rows, supply.bytesOf(pixels) / rows, half));
  return { ...base, dense: false, first, last, reach: Math.ceil((first * grid.height) / texel) };
}

/** The texels of a level that a rectangle touches, in pixels of a supply. */
function wholeTexels(rect: Rect, level: number, base: number): Rect {
  const { x0, y0, x1, y1 } = atLevel(rect, level);
  const side = 2 ** (level - base);
  return { x0: x0 * side, y0: y0 * side, x1: x1 * side, y1: y1 * side };
}

/** Names a unit of a target; where all levels are read at once, units of other levels, too. */
export function unitKey({ whole, grid }: Target, column: number, row: number): number {
  return whole ? row : row * grid.columns + column;
}

/** Passes over the units in sight. What has more than one unit between is left to `exact`. */
function* passes(target: Target, exact: boolean): Generator<{ runs: Iterable<Run>; dense: boolean }> {
  const { units, middle, dense, grid, first, last } = target;
  if (dense) yield { runs: rowsFrom(middle, units), dense };
  else if (grid.tiles) for (const runs of tilePasses(units, first)) yield { runs, dense };
  else {
    for (const runs of rowPasses(units, first, last)) yield { runs, dense };
    if (exact && last > 1) yield { runs: rowsFrom(middle, units), dense };
  }
}

/** Whether the pages in sight know a unit. */
function isKnown({ level, supply, grid, sight }: Target, pages: Pages, column: number, row: number): boolean {
  const unit = pixelsOf(grid, { x0: column, y0: row, x1: column + 1, y1: row + 1 }, supply);
  const seen = overlap(unit, sight);
  if (!seen) return true;
  const side = pageSide * 2 ** (level - supply.base);
  for (let y = Math.floor(seen.y0 / side); y * side < seen.y1; y++)
    for (let x = Math.floor(seen.x0 / side); x * side < seen.x1; x++) {
      const page = pages.get({ level, column: x, row: y });
      if (!page || !isRead(page, column, row)) return false;
    }
  return true;
}

/** The parts of a run that are not known, and not asked for. */
function missingOf(target: Target, pages: Pages, run: Run, asked: (key: number) => boolean): Run[] {
  const { row } = run;
  const isMissing = (column: number): boolean =>
    !asked(unitKey(target, column, row)) && !isKnown(target, pages, column, row);
  const found: Run[] = [];
  for (let from = run.from; from < run.to; from++) {
    if (!isMissing(from)) continue;
    // Tiles are read one by one, since each goes to pages of its own.
    let to = from + 1;
    while (!target.grid.tiles && to < run.to && isMissing(to)) to++;
    found.push({ row, from, to });
    if (target.whole) return found;
    from = to - 1;
  }
  return found;
}

/** Reads to come. `isMore`: there is something to read that the limit does not allow. */
export interface NextJob {
  readonly job: Job | undefined;
  readonly isMore: boolean;
}

/**
 * The next job: units that are neither known nor `asked` for, of the first pass that has some. `left` is how many bytes may
 * move; the first job of a view may move more.
 */
export function nextJob(
  target: Target,
  pages: Pages,
  asked: (key: number) => boolean,
  left: number,
  exact: boolean,
): NextJob {
  let first = true;
  for (const { runs, dense } of passes(target, exact)) {
    const sections: Rect[] = [];
    let bytes = 0;
    let pixelBytes = 0;
    for (const run of runs) {
      for (const part of missingOf(target, pages, run, asked)) {
        const rect = sectionOf(target, part);
        const more = costOf(target, rect, dense);
        const isFull =
          bytes + more > jobBytes || sections.length >= jobSections || pixelBytes > jobPixelBytes;
        if ((sections.length > 0 && isFull) || bytes + more > left)
          return { job: sections.length > 0 ? { sections, bytes, dense, first } : undefined, isMore: true };
        bytes += more;
        pixelBytes += (rect.x1 - rect.x0) * (rect.y1 - rect.y0) * target.supply.pixelBytes;
        join(sections, rect, target.grid.tiles && !target.whole);
      }
    }
    if (sections.length > 0) return { job: { sections, bytes, dense, first }, isMore: true };
    first = false;
  }
  return { job: undefined, isMore: false };
}

/** The units of a job, as `unitKey` names them. */
export function keysOf(target: Target, { sections }: Job): Set<number> {
  const keys = new Set<number>();
  for (const rect of sections) {
    const units = unitsIn(target.grid, rect);
    for (let row = units.y0; row < units.y1; row++)
      for (let column = units.x0; column < (target.whole ? units.x0 + 1 : units.x1); column++)
        keys.add(unitKey(target, column, row));
  }
  return keys;
}

/** A job as two of about half of the sections, or of the rows of the only one; undefined for a single unit. */
export function halvesOf({ grid }: Target, { sections, bytes, dense, first }: Job): [Job, Job] | undefined {
  const half = (part: Rect[]): Job => ({ sections: part, bytes: bytes / 2, dense, first });
  const middle = sections.length >> 1;
  if (middle > 0) return [half(sections.slice(0, middle)), half(sections.slice(middle))];
  const [rect] = sections;
  const { y0, y1 } = unitsIn(grid, rect!);
  if (y1 - y0 < 2) return undefined;
  const cut = ((y0 + y1) >> 1) * grid.height;
  return [half([{ ...rect!, y1: cut }]), half([{ ...rect!, y0: cut }])];
}

function sectionOf({ grid, supply, whole }: Target, { from, to, row }: Run): Rect {
  const rect = pixelsOf(grid, { x0: from, x1: to, y0: row, y1: row + 1 }, supply);
  return whole ? { ...rect, x0: 0, x1: supply.width } : rect;
}

function costOf({ supply }: Target, rect: Rect, dense: boolean): number {
  return supply.bytesOf(dense ? { ...rect, x0: 0, x1: supply.width } : rect);
}

/** Adds a section, as part of one of the last two where it lies beside it. */
function join(sections: Rect[], rect: Rect, apart: boolean): void {
  for (let i = sections.length - 1; !apart && i >= Math.max(0, sections.length - 2); i--) {
    const near = sections[i]!;
    if (near.x0 !== rect.x0 || near.x1 !== rect.x1) continue;
    if (near.y1 !== rect.y0 && near.y0 !== rect.y1) continue;
    sections[i] = { ...rect, y0: Math.min(near.y0, rect.y0), y1: Math.max(near.y1, rect.y1) };
    return;
  }
  sections.push(rect);
}

/** Units that are looked at one by one for a price. */
const mostPriced = 20_000;

/** All that is missing of a view, and not `asked` for, about: for its price. */
export function missingSections(
  target: Target,
  pages: Pages,
  asked: (key: number) => boolean,
  exact: boolean,
): Rect[] {
  const { units, sight, grid, whole } = target;
  if (exact && (units.x1 - units.x0) * (units.y1 - units.y0) > mostPriced) return [sight];
  const sections: Rect[] = [];
  for (const { runs } of passes(target, exact))
    for (const run of exact ? [...runs].sort((a, b) => a.row - b.row) : runs)
      for (const part of missingOf(target, pages, run, asked))
        join(sections, sectionOf(target, part), grid.tiles && !whole);
  return sections;
}
