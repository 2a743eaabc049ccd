/**
 * Expressions against cfitsio's calculator: 200 random ones whose results are held beside this file, and 200 others where fitscopy is
 * installed. test/fixtures/cfitsio/expressions.py makes both.
 */
import { execFileSync, spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { open } from "fitslice";
import { describe, expect, test } from "vitest";
import { Failure } from "../../src/cli/failure.js";
import { filteredFile } from "../../src/cli/filter/filtered-file.js";

interface Case {
  readonly expression: string;
  readonly format: string;
  readonly values: readonly unknown[];
}

interface Cases {
  readonly file: string;
  readonly cases: readonly Case[];
  readonly refused: readonly string[];
}

type Cell = string | number | boolean | null;

/** The column that an expression makes, as the cases have it: strings, or lists of the values of each row. */
async function calculated(
  file: Uint8Array<ArrayBuffer>,
  expression: string,
): Promise<Omit<Case, "expression">> {
  const fits = await open(file);
  const made = await filteredFile(fits, { columns: [`Q=${expression}`], rows: [], text: "" }, "EVENTS");
  try {
    const copy = await open(made.path);
    const table = await copy.table();
    const { columns } = await table.select();
    const [data] = columns;
    const rows = Array.from(data!, (cell) => [cell].flat(9) as (Cell | bigint)[]);
    await copy.close();
    const plain = (value: Cell | bigint): Cell => {
      if (typeof value === "bigint") return Number(value);
      if (typeof value !== "number" || Number.isFinite(value)) return value;
      return Number.isNaN(value) ? null : value > 0 ? "inf" : "-inf";
    };
    const { format } = table.columns[0]!;
    if (format.endsWith("X")) return { format, values: rows.map((row) => row.map(Number).join("")) };
    if (format.endsWith("A")) return { format, values: rows.map(([text]) => String(text ?? "")) };
    return { format, values: rows.map((row) => row.map(plain)) };
  } finally {
    await made.remove();
    await fits.close();
  }
}

/** Equal, but for the last digits of numbers: those of sines differ between two libraries of mathematics. */
function isNear(a: unknown, b: unknown): boolean {
  if (Array.isArray(a) && Array.isArray(b))
    return a.length === b.length && a.every((one, i) => isNear(one, b[i]));
  if (typeof a !== "number" || typeof b !== "number") return a === b;
  return Math.abs(a - b) <= 1e-13 * Math.max(Math.abs(a), Math.abs(b), 1e-3);
}

async function differences({ file, cases }: Cases): Promise<unknown[]> {
  const bytes = Uint8Array.from(Buffer.from(file, "base64"));
  const wrong: unknown[] = [];
  for (const { expression, format, values } of cases) {
    const own = await calculated(bytes, expression).catch((error: Error) => error.message);
    const isRight = typeof own !== "string" && own.format === format && isNear(own.values, values);
    if (!isRight)
      wrong.push({ expression, wanted: JSON.stringify({ format, values }), own: JSON.stringify(own) });
  }
  return wrong;
}

const held = JSON.parse(readFileSync("test/fixtures/cfitsio/expressions.json", "utf8")) as Cases;
const python = "/usr/bin/python3";
const isThere =
  spawnSync("fitscopy", [], { encoding: "utf8" }).error === undefined &&
  spawnSync(python, ["-c", "import numpy, astropy"]).status === 0;

describe("cfitsio's calculator", () => {
  test("200 random expressions have the values that it gives", async () => {
    expect(held.cases).toHaveLength(200);
    expect(await differences(held)).toEqual([]);
  });
  test.each([
    ["SH > 0 AND LOG or NU == 2", "SH > 0 && LOG || NU == 2"],
    ["not (SH > 1) And not LOG", "!(SH > 1) && !LOG"],
    ["NOT(SH > 1)", "!(SH > 1)"],
  ])("%s, as SQL writes it, is %s", async (one, other) => {
    const bytes = Uint8Array.from(Buffer.from(held.file, "base64"));
    expect(await calculated(bytes, one)).toEqual(await calculated(bytes, other));
  });
  test("strmid from 0 on is empty", async () => {
    const bytes = Uint8Array.from(Buffer.from(held.file, "base64"));
    const { values } = await calculated(bytes, "strmid(ST,0,3)");
    expect(new Set(values)).toEqual(new Set([""]));
  });
  test("what it refuses is refused, with the place of the mistake", async () => {
    expect(held.refused.length).toBeGreaterThan(20);
    const bytes = Uint8Array.from(Buffer.from(held.file, "base64"));
    for (const expression of held.refused) {
      const error = await calculated(bytes, expression).catch((reason: unknown) => reason);
      expect([expression, error]).toEqual([expression, expect.any(Failure)]);
      expect((error as Failure).message).toMatch(
        /character \d+, before|at its end|row \d+|leaves no column|element 4/,
      );
    }
  });
  test.skipIf(!isThere)(
    "other ones each time (skipped without fitscopy, numpy and astropy)",
    { timeout: 120_000 },
    async () => {
      const seed = String(Math.floor(Math.random() * 2 ** 31));
      const made = execFileSync(python, ["test/fixtures/cfitsio/expressions.py", "fitscopy", "40", seed], {
        encoding: "utf8",
        maxBuffer: 2 ** 26,
      });
      expect({ seed, wrong: await differences(JSON.parse(made) as Cases) }).toEqual({ seed, wrong: [] });
    },
  );
});
