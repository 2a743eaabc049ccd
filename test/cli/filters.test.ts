/**
 * Names with filters against what cfitsio makes of them. test/cli/filters/cases.py makes what is held beside this file.
 */
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Fits, open } from "fitslice";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startRangeServer } from "../servers/range-server.js";
import { fitslice, workFolder } from "./run.js";

interface Column {
  readonly name: string;
  readonly format: string;
  readonly unit: string | null;
  readonly values: readonly unknown[];
}

interface Case {
  readonly name: string;
  readonly refused?: true;
  readonly rows?: number;
  readonly columns?: readonly Column[];
  readonly shape?: readonly number[];
  readonly bitpix?: number;
  readonly pixels?: readonly number[];
  readonly cards?: Readonly<Record<string, unknown>>;
}

const { file, cases } = JSON.parse(readFileSync("test/cli/filters/cases.json", "utf8")) as {
  readonly file: string;
  readonly cases: readonly Case[];
};
const bytes = Uint8Array.from(Buffer.from(file, "base64"));

let cwd: string;
beforeAll(() => {
  cwd = workFolder("cli-filters");
  writeFileSync(join(cwd, "ev.fits"), bytes);
  writeFileSync(join(cwd, "odd[1].fits"), bytes);
  writeFileSync(join(cwd, "ev.fits+2"), bytes);
});
afterAll(() => rmSync(cwd, { recursive: true, force: true }));

const run = (...args: string[]): ReturnType<typeof fitslice> => fitslice(args, { cwd });

/** What `fitslice copy` makes of a name. */
async function copied(name: string): Promise<Fits> {
  const { code, stderr } = await run("copy", `ev.fits${name}`, "-o", "out.fits", "--force");
  expect([name, code, stderr]).toEqual([name, 0, expect.stringContaining("out.fits")]);
  return open(Uint8Array.from(readFileSync(join(cwd, "out.fits"))));
}

const cell = (value: unknown): unknown => {
  if (typeof value === "bigint") return Number(value);
  if (typeof value === "number" && Number.isNaN(value)) return null;
  return Array.isArray(value) ? value.map(cell) : value;
};

/** Numbers to 14 digits: those that a logarithm or a division of coordinates leaves differ in the last one. */
const near = (value: unknown): unknown => (typeof value === "number" ? expect.closeTo(value, 9) : value);

describe("names with filters", () => {
  test.each(cases.filter(({ rows }) => rows !== undefined).map((one) => [one.name, one] as const))(
    "%s",
    async (name, wanted) => {
      const fits = await copied(name);
      const table = await fits.table();
      const { columns } = await table.select();
      expect(table.rowCount).toBe(wanted.rows);
      const own = columns.map((data) => ({
        name: data.column.name,
        format: data.column.format,
        unit: data.unit ?? null,
        values: Array.from(data, cell),
      }));
      const single = ({ format }: { format: string }): string => format.replace(/^1(?=[A-Z]$)/, "");
      expect(own.map((one) => ({ ...one, format: single(one) }))).toEqual(
        wanted.columns!.map((one) => ({
          ...one,
          format: single(one),
          values: one.values.map((value) => (Array.isArray(value) ? value.map(near) : near(value))),
        })),
      );
      const cards = Object.keys(wanted.cards!).map((keyword) => [keyword, table.header.get(keyword)]);
      expect(Object.fromEntries(cards)).toEqual(wanted.cards);
    },
  );

  test.each(cases.filter(({ pixels }) => pixels).map((one) => [one.name, one] as const))(
    "%s",
    async (name, wanted) => {
      const fits = await copied(name);
      const image = await fits.image(0);
      expect([image.shape, image.bitpix]).toEqual([wanted.shape, wanted.bitpix]);
      expect(Array.from((await image.section()).data, Number)).toEqual(wanted.pixels!.map(near));
      const cards = Object.keys(wanted.cards!).map((keyword) => [keyword, image.header.get(keyword)]);
      expect(Object.fromEntries(cards)).toEqual(
        Object.fromEntries(Object.entries(wanted.cards!).map(([keyword, value]) => [keyword, near(value)])),
      );
      expect(image.header.get("EXPTIME")).toBe(1000);
    },
  );

  test.each(cases.filter(({ refused }) => refused).map(({ name }) => name))(
    "%s is refused, as by cfitsio",
    async (name) => {
      const { code, stderr } = await run("copy", `ev.fits${name}`, "-o", "no.fits", "--force");
      expect([code, stderr.split("\n").length]).toEqual([expect.any(Number), 2]);
      expect(code).not.toBe(0);
    },
  );
});
