/** Results as tables: heads, and rows of cells. */
import type { Measure } from "./measure.js";
import type { Studied } from "./results.js";
import { megabytes, seconds } from "./words.js";

export interface Table {
  readonly title: string;
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** Size on disk of each copy. */
export function sizeTable({ copies }: Studied): Table {
  return {
    title: "Size on disk",
    head: ["copy", "size", "files"],
    rows: copies.map(({ title, size, files }) => [title, megabytes(size), String(files)]),
  };
}

/** Seconds of each reader of each copy, a column for each pattern; the last row is the bound of the plain copy. */
export function secondsTable(study: Studied): Table {
  return matrix(study, "Seconds", (measure) => seconds(measure.seconds));
}

/** Requests / trips / megabytes, a column for each pattern. */
export function trafficTable(study: Studied): Table {
  return matrix(
    study,
    "Requests / trips / bytes",
    ({ requests, trips, bytes }) => `${requests} / ${trips} / ${megabytes(bytes)}`,
  );
}

/** Seconds that physics asks, a row for each copy. */
export function boundTable({ copies, measures, subject }: Studied): Table {
  const patterns = subject.patterns;
  return {
    title: "Physical bound, seconds",
    head: ["copy", ...patterns.map(({ title }) => title)],
    rows: copies.map(({ name, title }) => [
      title,
      ...patterns.map((pattern) => {
        const found = measures.find((m) => m.copy === name && m.pattern === pattern.name);
        return found ? seconds(found.bound) : "";
      }),
    ]),
  };
}

/** The setting with which each reader did best. */
export function settingTable(study: Studied): Table {
  return matrix(study, "Best setting", ({ setting }) => setting);
}

function matrix(study: Studied, title: string, cell: (measure: Measure) => string): Table {
  const { copies, measures, failures, subject } = study;
  const rows = copies.flatMap((copy) => {
    const readers = new Set(
      [...measures, ...failures].filter((m) => m.copy === copy.name).map((m) => m.reader),
    );
    return [...readers].map((reader) => [
      copy.title,
      reader,
      ...subject.patterns.map(({ name }) => {
        const same = (m: { copy: string; reader: string; pattern: string }): boolean =>
          m.copy === copy.name && m.reader === reader && m.pattern === name;
        const found = measures.find(same);
        if (found) return cell(found);
        const failed = failures.find(same);
        return failed ? (failed.reason.startsWith("over") ? failed.reason : "failed") : "";
      }),
    ]);
  });
  return { title, head: ["copy", "reader", ...subject.patterns.map((pattern) => pattern.title)], rows };
}

export function markdownTable({ head, rows }: Table): string {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((c) => c.replaceAll("|", "\\|")).join(" | ")} |`;
  const left = head.map((name) => (name === "copy" || name === "reader" ? "---" : "---:"));
  return [line(head), line(left), ...rows.map(line)].join("\n");
}
