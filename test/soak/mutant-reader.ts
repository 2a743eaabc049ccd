/**
 * Reads mutants in a process of its own, so that one that hangs, or takes all memory, ends nothing else.
 *
 * argv[2] is a JSON of MutantReaderConfig. Prints lines of JSON, each a MutantLine.
 */
import { readFileSync } from "node:fs";
import {
  createProfile,
  type Fits,
  type Hdu,
  headerWarnings,
  type ImageHdu,
  open,
  type TableHdu,
  withInherited,
} from "fitslice";
import { seeded } from "../servers/content.js";
import { mutate } from "./mutate.js";
import { randomSection } from "./random-read.js";
import { count, describeError, outcomeOf, type Violation } from "./report.js";

export interface MutantReaderConfig {
  readonly files: readonly string[];
  readonly seed: number;
  /** Numbers of the mutants, `to` left out. A number says all that there is to say about a mutant. */
  readonly from: number;
  readonly to: number;
}

export type MutantLine =
  | { readonly begun: number; readonly what: string }
  | { readonly violation: Violation }
  | { readonly codes: Readonly<Record<string, number>>; readonly calls: number; readonly peak: number };

/** Bytes of memory that the process may have. */
const most = 400e6;
/** Milliseconds that a call may take: a mutant of a small file asks for little. */
const limit = 20_000;
/** Pixels and rows that are asked for at a time. */
const fewPixels = 300_000;
const fewRows = 200;

const say = (line: MutantLine): void => console.log(JSON.stringify(line));

async function readMutants({ files, seed, from, to }: MutantReaderConfig): Promise<void> {
  const contents = files.map((name) => new Uint8Array(readFileSync(name)));
  const codes = new Map<string, number>();
  let calls = 0;
  let peak = 0;
  for (let number = from; number < to; number++) {
    const random = seeded(seed * 1_000_003 + number);
    // Small files more often: their mutants are read faster.
    const file = Math.floor(random() * files.length);
    const { bytes, how } = mutate(contents[file]!, random);
    const name = files[file]!.split("/").at(-1);
    const what = `seed ${seed}, mutant ${number} (${name}: ${how})`;
    say({ begun: number, what });

    const attempt = async <T>(text: string, call: () => Promise<T>): Promise<T | undefined> => {
      calls++;
      const began = performance.now();
      const outcome = await outcomeOf(call, limit);
      const seconds = (performance.now() - began) / 1000;
      if ("hang" in outcome || seconds > limit / 1000)
        say({ violation: { kind: "hang", text: `${what}, ${text}: ${seconds.toFixed(1)} s` } });
      if ("untyped" in outcome)
        say({ violation: { kind: "untyped", text: `${what}, ${text}: ${describeError(outcome.untyped)}` } });
      if ("code" in outcome) count(codes, outcome.code);
      // The most so far, in kB: what a call took and gave back counts.
      const rss = process.resourceUsage().maxRSS * 1024;
      peak = Math.max(peak, Math.round(rss / 1e6));
      if (rss > most) {
        say({ violation: { kind: "memory", text: `${what}, ${text}: ${Math.round(rss / 1e6)} MB` } });
        end(codes, calls, peak, 3);
      }
      return "value" in outcome ? outcome.value : undefined;
    };
    await readAll(bytes, random, attempt);
  }
  end(codes, calls, peak, 0);
}

function end(codes: Map<string, number>, calls: number, peak: number, status: number): void {
  process.stdout.write(
    `${JSON.stringify({ codes: Object.fromEntries(codes), calls, peak } satisfies MutantLine)}\n`,
    () => process.exit(status),
  );
}

type Attempt = <T>(text: string, call: () => Promise<T>) => Promise<T | undefined>;

async function readAll(bytes: Uint8Array, random: () => number, attempt: Attempt): Promise<void> {
  const profile = createProfile();
  const input = random() < 0.5 ? bytes : new Blob([bytes.slice()]);
  const blockSize = 2880 * (1 + Math.floor(random() * 20));
  const fits = await attempt("open", () => open(input, { workers: 0, blockSize, profile }));
  if (!fits) return;
  const hdus = (await attempt("hdus", () => fits.hdus())) ?? [await attempt("hdu(0)", () => fits.hdu(0))];
  await attempt("layouts", () => fits.layouts());
  for (const hdu of hdus.slice(0, 6)) {
    if (!hdu) continue;
    const called = (text: string): string => `HDU ${hdu.index} ${text}`;
    await attempt(called("header"), async () => readHeader(hdu, hdus[0]));
    if (hdu.kind === "image") await readImage(fits, hdu, random, (text, call) => attempt(called(text), call));
    if (hdu.kind === "table") await readTable(fits, hdu, random, (text, call) => attempt(called(text), call));
  }
  if (random() < 0.1) await attempt("index", () => fits.index());
  await attempt("close", () => fits.close());
}

function readHeader({ header }: Hdu, primary: Hdu | undefined): number {
  let length = 0;
  for (const { keyword, value, comment, problem } of header)
    length += `${keyword}${value}${comment}${problem}`.length;
  length += headerWarnings(header).join().length;
  if (primary) length += [...withInherited(header, primary.header)].length;
  return length + `${header.get("EXTNAME")} ${header.unit("EXPTIME")}`.length;
}

async function readImage(fits: Fits, image: ImageHdu, random: () => number, attempt: Attempt): Promise<void> {
  const { shape } = image;
  if (shape.length === 0) return void (await attempt("section of nothing", () => image.section()));
  const pixels = shape.reduce((a, b) => a * b, 1);
  const corner = shape.map((length) => `0:${Math.min(length, 3)}`).join(", ");
  await attempt(`section("${corner}")`, () => image.section(corner));
  if (shape.length < 12) {
    const section = randomSection(shape, random);
    const wanted = await attempt(`resolve("${section}")`, async () => image.resolve(section));
    const few = wanted && wanted.shape.reduce((a, b) => a * b, 1) <= fewPixels;
    await attempt(`explain("${section}")`, () => fits.explain(image.plan(section)));
    if (few) await attempt(`section("${section}")`, () => image.section(section, { raw: random() < 0.3 }));
  }
  if (pixels <= fewPixels) {
    await attempt("section()", () => image.section());
    await attempt("stats", () => image.stats());
  }
  await attempt("bands", async () => {
    let n = 0;
    for await (const { data } of image.bands(undefined, { bytes: 1e6 }))
      if (data.length < 0 || ++n > 2) break;
  });
}

async function readTable(fits: Fits, table: TableHdu, random: () => number, attempt: Attempt): Promise<void> {
  const { columns, rowCount } = table;
  const stop = Math.min(rowCount, fewRows);
  if (columns.length === 0) return;
  const column = Math.floor(random() * columns.length);
  const some = columns.slice(0, 8).map((_, i) => i);
  const last = { start: Math.max(0, rowCount - 3) };
  await attempt(
    `column(${column})`,
    async () => [...(await table.column(column, { rows: { stop } }))].length,
  );
  await attempt(
    `column(${column}, last rows)`,
    async () => [...(await table.column(column, { rows: last }))].length,
  );
  await attempt("select", () => table.select({ columns: some, rows: { stop }, raw: random() < 0.3 }));
  await attempt("batches", async () => {
    let n = 0;
    for await (const batch of table.batches({ rows: { stop }, columns: some }))
      if (batch.length < 0 || ++n > 3) break;
  });
  await attempt("rows", async () => {
    let n = 0;
    for await (const row of table.rows({ columns: some, rows: { stop } }))
      if (JSON.stringify(row, String) === "" || ++n > 5) break;
  });
  const name = JSON.stringify(columns[column]!.name || "X");
  await attempt("select", () =>
    table.select({ columns: [column], where: `${name} is not null`, limit: 5, rows: { stop } }),
  );
  await attempt("explain", async () => fits.explain(await table.plan({ columns: [column], rows: { stop } })));
  if (rowCount <= 20_000) await attempt("describe", () => table.describe({ columns: some }));
}

process.on("unhandledRejection", (error) =>
  say({ violation: { kind: "unhandled", text: describeError(error) } }),
);
await readMutants(JSON.parse(process.argv[2]!) as MutantReaderConfig);
