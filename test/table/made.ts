/**
 * Small tables made by hand, as bytes and as open HDUs, and a source that counts what is read of them.
 */
import type { TableHdu } from "../../src/hdu/table.js";
import { open } from "../../src/open.js";
import type { Course, Plan, Step } from "../../src/read/plan.js";
import { createProfile, type Profile } from "../../src/read/profile.js";
import type { ByteRange } from "../../src/source/source.js";
import { headerText } from "../hdu/virtual.js";

export type Cards = Record<string, string | number | boolean>;

export interface MadeTable {
  /** TFORMn by TTYPEn. */
  columns: Record<string, string>;
  rows: Uint8Array;
  rowBytes: number;
  heap?: Uint8Array;
  /** Further cards, or others than those that follow from the rest. */
  cards?: Cards;
  ascii?: boolean;
}

/** A file with an empty primary HDU and this table. */
export function tableFile({
  columns,
  rows,
  rowBytes,
  heap,
  cards,
  ascii,
}: MadeTable): Uint8Array<ArrayBuffer> {
  const labels: Cards = {};
  for (const [i, [name, format]] of Object.entries(columns).entries()) {
    labels[`TTYPE${i + 1}`] = name;
    labels[`TFORM${i + 1}`] = format;
  }
  const header = headerText({
    XTENSION: ascii ? "TABLE" : "BINTABLE",
    BITPIX: 8,
    NAXIS: 2,
    NAXIS1: rowBytes,
    NAXIS2: rowBytes > 0 ? rows.length / rowBytes : 0,
    PCOUNT: heap?.length ?? 0,
    GCOUNT: 1,
    TFIELDS: Object.keys(columns).length,
    ...labels,
    ...cards,
  });
  const primary = headerText({ SIMPLE: true, BITPIX: 8, NAXIS: 0, EXTEND: true });
  const start = primary.length + header.length;
  const size = rows.length + (heap?.length ?? 0);
  const file = new Uint8Array(start + Math.ceil(size / 2880) * 2880);
  file.set(Uint8Array.from(primary + header, (c) => c.charCodeAt(0)));
  file.set(rows, start);
  if (heap) file.set(heap, start + rows.length);
  return file;
}

export async function openTable(table: MadeTable): Promise<TableHdu> {
  return (await open(tableFile(table))).table(1);
}

/** The table behind a slow network, with a profile of what is read of it after opening. */
export async function remoteTable(table: MadeTable): Promise<{ hdu: TableHdu; profile: Profile }> {
  const file = tableFile(table);
  const profile = createProfile();
  const source = {
    href: "memory:table",
    size: file.length,
    getRange: async ({ offset, length }: ByteRange) => file.subarray(offset, offset + length),
  };
  const hdu = await (await open(source)).table(1);
  return { hdu, profile };
}

/** Rows of big-endian fields: each writer is given a DataView at its row. */
export function rowsOf(
  count: number,
  rowBytes: number,
  write: (view: DataView, row: number) => void,
): Uint8Array {
  const bytes = new Uint8Array(count * rowBytes);
  for (let row = 0; row < count; row++) write(new DataView(bytes.buffer, row * rowBytes, rowBytes), row);
  return bytes;
}

export function ascii(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

/** The ranges of a step, without what the plan notes beside them. */
export function rangesOf(step: Step): ByteRange[] {
  return step.ranges.map(({ offset, length }) => ({ offset, length }));
}

/** The first step of a plan, as `explain` sees it; nothing is taken. */
export function firstStep(plan: Plan<unknown>): Step {
  const { value, done } = plan().next();
  if (done) throw new Error("the plan reads nothing");
  return value;
}

/** A course on bytes in memory, a step at a time. Ranges are handed over last first. */
async function takeStep(step: Step, file: Uint8Array): Promise<void> {
  for (let i = step.ranges.length - 1; i >= 0; i--) {
    const { offset, length } = step.ranges[i]!;
    await step.take(i, file.slice(offset, offset + length));
  }
}

/** Runs plans on bytes in memory, in step with each other; answers with their results and what each step read. */
export async function runTogether<T>(
  plans: readonly Plan<T>[],
  file: Uint8Array,
): Promise<{ values: T[]; steps: ByteRange[][] }> {
  const courses: Course<T>[] = plans.map((plan) => plan());
  const steps: ByteRange[][] = [];
  let rounds = courses.map((course) => course.next());
  while (rounds.some(({ done }) => !done)) {
    for (const round of rounds) {
      if (round.done) continue;
      steps.push(rangesOf(round.value));
      await takeStep(round.value, file);
    }
    rounds = rounds.map((round, i) => (round.done ? round : courses[i]!.next()));
  }
  return { values: rounds.map(({ value }) => value as T), steps };
}
