/**
 * Plots as SVG, 400 units wide so that a phone shows them readably. Colors are variables of the page, with those of a white
 * page for a file that stands alone.
 */
import { scaleLinear, scaleLog } from "d3-scale";
import { line } from "d3-shape";
import type { Crossover } from "./crossover.js";
import type { Studied } from "./results.js";
import { escapeHtml, megabytes, seconds } from "./words.js";

const ink = "var(--ink, #1f2328)";
const soft = "var(--soft, #59636e)";
const rule = "var(--line, #d0d4da)";
const ours = "var(--ours, #2a78d6)";
const theirs = "var(--theirs, #9aa3ad)";
const bound = "var(--bound, #d03b3b)";

const width = 400;

/** Seconds of a pattern: a bar for each copy and reader, fastest first; the physical bound as a tick. */
export function bars(study: Studied, pattern: string): string {
  const rows = study.measures.filter((m) => m.pattern === pattern).sort((a, b) => a.seconds - b.seconds);
  if (rows.length === 0) return "";
  const titles = new Map(study.copies.map(({ name, title }) => [name, title]));
  const most = Math.max(...rows.map((row) => row.seconds));
  const x = scaleLinear([0, most], [0, width - 60]);
  const step = 30;
  const body = rows.map((row, i) => {
    const y = i * step;
    const length = Math.max(1, x(row.seconds));
    const label = `${row.reader}: ${titles.get(row.copy)}`;
    return (
      `<text x="0" y="${y + 11}">${escapeHtml(label)}</text>` +
      `<rect x="0" y="${y + 15}" width="${length.toFixed(1)}" height="9" rx="2" fill="${row.reader === "fitslice" ? ours : theirs}"/>` +
      `<text x="${(length + 5).toFixed(1)}" y="${y + 23}" fill="${soft}">${seconds(row.seconds)} s</text>` +
      `<path d="M${x(row.bound).toFixed(1)} ${y + 13}v13" stroke="${bound}" stroke-width="2"/>`
    );
  });
  return drawing(rows.length * step + 4, body.join(""));
}

/** Seconds by number of cutouts, a line for each size, beside the download: on logarithmic axes. */
export function crossoverPlot(all: readonly Crossover[]): string {
  const [first] = all;
  if (!first) return "";
  const [left, right, top, bottom] = [44, width - 84, 10, 210];
  const times = [...all.flatMap(({ points }) => points.map(([, s]) => s)), first.download];
  const numbers = all.flatMap(({ points }) => points.map(([n]) => n));
  const x = scaleLog([1, Math.max(10, ...numbers)], [left, right]);
  const y = scaleLog([Math.min(...times) / 1.3, Math.max(...times) * 1.3], [bottom, top]);
  const grid = [
    ...y
      .ticks()
      // Of each power of ten 1, 2 and 5: labels of the others would overlap.
      .filter((t) => /^[125]e/.test(t.toExponential()))
      .map(
        (t) =>
          `<path d="M${left} ${y(t).toFixed(1)}H${right}" stroke="${rule}"/><text x="${left - 5}" y="${(y(t) + 4).toFixed(1)}" text-anchor="end" fill="${soft}">${t}</text>`,
      ),
    ...x
      .ticks()
      .filter((t) => Number.isInteger(Math.log10(t)))
      .map(
        (t) =>
          `<text x="${x(t).toFixed(1)}" y="${bottom + 15}" text-anchor="middle" fill="${soft}">${t}</text>`,
      ),
  ];
  const path = line<readonly [number, number]>(
    (p) => x(p[0]),
    (p) => y(p[1]),
  ).digits(1);
  const dashes = ["", "6 3", "2 3"];
  const ends = all.map(({ points }) => y(points.at(-1)![1]));
  const lines = all.map(({ side, points }, i) => {
    const dots = points.map(
      ([n, s]) => `<circle cx="${x(n).toFixed(1)}" cy="${y(s).toFixed(1)}" r="3" fill="${ours}"/>`,
    );
    const end = points.at(-1)!;
    return (
      `<path d="${path(points)}" fill="none" stroke="${ours}" stroke-width="2" stroke-dasharray="${dashes[i % 3]}"/>${dots.join("")}` +
      `<text x="${(x(end[0]) + 7).toFixed(1)}" y="${(apart(ends, i) + 4).toFixed(1)}">${side} x ${side}</text>`
    );
  });
  const level = y(first.download).toFixed(1);
  const download = `<path d="M${left} ${level}H${right}" stroke="${bound}" stroke-width="1.5"/><text x="${right}" y="${Number(level) - 5}" text-anchor="end" fill="${bound}">download all: ${seconds(first.download)} s</text>`;
  const labels = `<text x="${(left + right) / 2}" y="${bottom + 31}" text-anchor="middle">cutouts</text><text x="0" y="${top + 2}">s</text>`;
  return drawing(bottom + 38, grid.join("") + download + lines.join("") + labels);
}

/** The height of label `i`, away from the labels before it. */
function apart(heights: readonly number[], i: number): number {
  let at = heights[i]!;
  for (const other of heights.slice(0, i)) if (Math.abs(other - at) < 13) at = other + 13;
  return at;
}

/** Sizes on disk as bars. */
export function sizeBars({ copies }: Studied): string {
  const most = Math.max(...copies.map(({ size }) => size));
  const x = scaleLinear([0, most], [0, width - 60]);
  const body = copies.map(({ title, size, format }, i) => {
    const fill = format.includes("fits") ? ours : theirs;
    return (
      `<text x="0" y="${i * 30 + 11}">${escapeHtml(title)}</text>` +
      `<rect x="0" y="${i * 30 + 15}" width="${x(size).toFixed(1)}" height="9" rx="2" fill="${fill}"/>` +
      `<text x="${(x(size) + 5).toFixed(1)}" y="${i * 30 + 23}" fill="${soft}">${megabytes(size)}</text>`
    );
  });
  return drawing(copies.length * 30 + 4, body.join(""));
}

function drawing(height: number, body: string): string {
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" role="img" ` +
    `font-family="system-ui, sans-serif" font-size="11.5" fill="${ink}">${body}</svg>`
  );
}
