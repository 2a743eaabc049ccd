/**
 * What a benchmark finds out: a row for each task, as a table, JSON and a plot.
 */
export interface BenchOptions {
  /** Only prove that it runs: once, at little latency, without the long tasks. */
  readonly smoke: boolean;
  readonly runs: number;
  /** Where files that are made once are kept. */
  readonly folder: string;
}

/** What one reader needed for a task: medians over its runs. */
export interface Measure {
  /** Of the first time in its process: nothing is compiled, no worker started. */
  readonly seconds: number;
  /** Of the same work once more in the same process. */
  readonly again?: number;
  readonly requests?: number;
  readonly bytes?: number;
  /** Peak memory of the whole process. */
  readonly memory?: number;
}

export interface Row extends Measure {
  readonly suite: string;
  readonly name: string;
  readonly title: string;
  readonly roundTrips?: number;
  /** Seconds that physics asks of any reader: latency of its dependent round trips, and its bytes on the link. */
  readonly bound?: number;
  /** The best that the reference can do, and what it does by itself. */
  readonly reference?: Measure & { readonly name: string };
  readonly defaults?: Measure;
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

const columns: readonly { readonly head: string; readonly cell: (row: Row) => string }[] = [
  { head: "task", cell: (row) => row.title },
  { head: "requests", cell: (row) => count(row.requests) },
  { head: "trips", cell: (row) => count(row.roundTrips) },
  { head: "MB", cell: (row) => megabytes(row.bytes) },
  { head: "s", cell: (row) => row.seconds.toFixed(3) },
  { head: "bound s", cell: ({ bound }) => seconds(bound) },
  { head: "ref. s", cell: ({ reference }) => seconds(reference?.seconds) },
  { head: "ratio", cell: (row) => ratio(row.seconds, row.reference?.seconds) },
  { head: "again s", cell: ({ again }) => seconds(again) },
  { head: "ref. again s", cell: ({ reference }) => seconds(reference?.again) },
  { head: "ratio", cell: (row) => ratio(row.again, row.reference?.again) },
  { head: "ref. MB", cell: ({ reference }) => megabytes(reference?.bytes) },
  { head: "default s", cell: ({ defaults }) => seconds(defaults?.seconds) },
  { head: "peak MB", cell: ({ memory }) => megabytes(memory) },
  { head: "ref. peak MB", cell: ({ reference }) => megabytes(reference?.memory) },
];

/** The rows as text; columns that would be empty are left out. */
export function table(rows: readonly Row[]): string {
  const shown = columns.filter(({ cell }) => rows.some((row) => cell(row) !== ""));
  const lines = [shown.map(({ head }) => head), ...rows.map((row) => shown.map(({ cell }) => cell(row)))];
  const widths = shown.map((_, i) => Math.max(...lines.map((line) => line[i]!.length)));
  const text = lines.map((line) =>
    line.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!))).join("  "),
  );
  const references = new Map<string, string[]>();
  for (const { title, reference } of rows) {
    if (reference) references.set(reference.name, [...(references.get(reference.name) ?? []), title]);
  }
  const names =
    references.size === 1
      ? [...references.keys()]
      : [...references].map(([name, [first, ...more]]) => `${name}: ${first}${others(more)}`);
  return `${text.join("\n")}\n\nThe reference, at its best:\n${names.map((line) => `  ${line}`).join("\n") || "  none"}\n`;
}

/** Seconds of each task on a logarithmic axis: fitslice, the reference, and the physical bound as a tick. */
export function plot(rows: readonly Row[], title: string): string {
  const [left, width, height] = [270, 560, 46];
  const all = rows.flatMap((row) => [
    row.seconds,
    row.reference?.seconds ?? row.seconds,
    row.bound ?? row.seconds,
  ]);
  const low = 10 ** Math.floor(Math.log10(Math.min(...all)));
  const high = 10 ** Math.ceil(Math.log10(Math.max(...all)));
  const x = (seconds: number): number => left + (width * Math.log(seconds / low)) / Math.log(high / low);
  const bottom = 50 + rows.length * height;
  const parts: string[] = [];
  for (let tick = low; tick <= high * 1.01; tick *= 10) {
    parts.push(`<line x1="${x(tick)}" x2="${x(tick)}" y1="40" y2="${bottom}" stroke="#d0d4da"/>`);
    parts.push(
      `<text x="${x(tick)}" y="${bottom + 18}" text-anchor="middle">${Number(tick.toPrecision(3))} s</text>`,
    );
  }
  rows.forEach((row, i) => {
    const y = 50 + i * height;
    const bar = (seconds: number, offset: number, color: string): string =>
      `<rect x="${left}" y="${y + offset}" width="${Math.max(1, x(seconds) - left).toFixed(1)}" height="14" rx="2" fill="${color}"/>` +
      `<text x="${(x(seconds) + 6).toFixed(1)}" y="${y + offset + 11.5}" class="value">${seconds.toPrecision(3)}</text>`;
    parts.push(
      `<text x="${left - 12}" y="${y + 21}" text-anchor="end">${row.title}</text>`,
      bar(row.seconds, 2, "#2a78d6"),
    );
    if (row.reference) parts.push(bar(row.reference.seconds, 19, "#9aa3ad"));
    if (row.bound !== undefined)
      parts.push(
        `<line x1="${x(row.bound)}" x2="${x(row.bound)}" y1="${y - 1}" y2="${y + 36}" stroke="#d03b3b" stroke-width="2"/>`,
      );
  });
  const legend =
    `<rect x="${left}" y="24" width="12" height="10" rx="2" fill="#2a78d6"/><text x="${left + 17}" y="33">fitslice</text>` +
    `<rect x="${left + 90}" y="24" width="12" height="10" rx="2" fill="#9aa3ad"/><text x="${left + 107}" y="33">reference at its best</text>` +
    `<line x1="${left + 262}" x2="${left + 262}" y1="22" y2="36" stroke="#d03b3b" stroke-width="2"/><text x="${left + 270}" y="33">lower bound</text>`;
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${left + width + 70} ${bottom + 30}" font-family="system-ui, sans-serif" font-size="13">` +
    `<rect width="100%" height="100%" fill="#ffffff"/><style>text{fill:#1f2328}.value{font-size:11px;fill:#59636e}</style>` +
    `<text x="14" y="33" font-weight="600">${title}</text>${legend}${parts.join("")}</svg>\n`
  );
}

function others(titles: readonly string[]): string {
  return titles.length > 2 ? ` and ${titles.length} more` : titles.map((title) => `, ${title}`).join("");
}

function count(n: number | undefined): string {
  return n === undefined ? "" : String(n);
}

function seconds(n: number | undefined): string {
  return n?.toFixed(3) ?? "";
}

function ratio(ours: number | undefined, theirs: number | undefined): string {
  return ours === undefined || theirs === undefined ? "" : (ours / theirs).toFixed(2);
}

function megabytes(bytes: number | undefined): string {
  return bytes === undefined ? "" : (bytes / 1e6).toFixed(bytes < 1e7 ? 2 : 0);
}
