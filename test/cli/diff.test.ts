import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { exampleFile } from "../fixtures/example.js";
import { startRangeServer } from "../servers/range-server.js";
import { fitslice, workFolder } from "./run.js";

let cwd: string;
let bytes: Uint8Array;
const run = (...args: string[]): ReturnType<typeof fitslice> => fitslice(["diff", ...args], { cwd });

beforeAll(async () => {
  cwd = workFolder("cli-diff");
  bytes = await exampleFile();
  writeFileSync(join(cwd, "a.fits"), bytes);
  await fitslice(["compress", "a.fits", "-o", "c.fits.fz", "--algorithm", "gzip", "--quantize", "0"], {
    cwd,
  });
});
afterAll(() => rmSync(cwd, { recursive: true, force: true }));

/** The file with other bytes. */
async function other(change: (copy: Buffer, dataOffsets: number[]) => void): Promise<void> {
  const { hdus } = (await fitslice(["layout", "a.fits", "--json"], { cwd })).json<{
    hdus: { dataOffset: number }[];
  }>();
  const copy = Buffer.from(bytes);
  change(
    copy,
    hdus.map(({ dataOffset }) => dataOffset),
  );
  writeFileSync(join(cwd, "b.fits"), copy);
}

describe("diff", () => {
  test("of the same file says nothing, also of a remote one", async () => {
    const server = await startRangeServer({ files: { "/a.fits": bytes } });
    const { code, text, stderr } = await run("a.fits", `${server.url}/a.fits`);
    await server.close();
    expect([code, text, stderr]).toEqual([0, "no difference\n", ""]);
  });

  test("of a pixel: which, what, how many", async () => {
    await other((copy, [, at]) => {
      copy.writeFloatBE(7, at! + 4 * (400 * 2 + 5));
      copy.writeFloatBE(Number.NaN, at!);
    });
    const { code, text, stderr } = await run("a.fits", "b.fits");
    const lines = text.trimEnd().split("\n");
    expect(lines[0]).toMatch(/^HDU 1, data: \[0, 0\]: .* in A, NaN in B$/);
    expect(lines[1]).toMatch(/^HDU 1, data: \[2, 5\]: .* in A, 7 in B$/);
    expect(lines[2]).toMatch(/^HDU 1, data: 2 of 120000 pixels differ, by up to /);
    expect([code, lines.length, stderr]).toEqual([1, 3, "3 differences\n"]);
    expect((await run("a.fits", "b.fits", "--ignore-hdu", "sci")).code).toBe(0);
    expect((await run("a.fits", "b.fits", "--no-data")).code).toBe(0);
    expect((await run("a.fits", "b.fits", "--most", "0", "--json")).json()).toEqual([
      { hdu: 1, part: "data", message: expect.stringMatching(/^2 of 120000 pixels differ/) },
    ]);
  });

  test("of keywords: values, comments, patterns left out", async () => {
    await other((copy) => copy.write("NAXIS   =                    0 / another", 160, "latin1"));
    const { text } = await run("a.fits", "b.fits");
    expect(text).toMatch(/^HDU 0, header: NAXIS: comment ".*" in A, "another.*" in B\n$/);
    expect((await run("a.fits", "b.fits", "--ignore-comment", "*")).code).toBe(0);
    expect((await run("a.fits", "b.fits", "--ignore-keyword", "NAX*")).code).toBe(0);
  });

  test("a compressed image is what it holds", async () => {
    expect((await run("a.fits", "c.fits.fz", "--ignore-keyword", "EXTEND")).text).not.toMatch(/data:/);
  });

  test("what cannot be read is one line", async () => {
    const { code, text, stderr } = await run("a.fits", "none.fits");
    expect([code, text, stderr]).toEqual([1, "", "fitslice: none.fits: no such file; check the path\n"]);
  });
});

interface Case {
  readonly name: string;
  readonly file: string;
  readonly options: Readonly<Record<string, number | string[]>>;
  readonly same: boolean;
}

const python = "/usr/bin/python3";
const oracle = ((): boolean => {
  try {
    execFileSync(python, ["-c", "import astropy.io.fits"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
})();

const ignoring: Readonly<Record<string, string>> = {
  ignore_keywords: "--ignore-keyword",
  ignore_comments: "--ignore-comment",
  ignore_fields: "--ignore-column",
  ignore_hdus: "--ignore-hdu",
};

test.skipIf(!oracle)(
  "agrees with fitsdiff (needs astropy for /usr/bin/python3)",
  async () => {
    const folder = mkdtempSync(join(cwd, "cases-"));
    const cases = JSON.parse(
      execFileSync(python, ["test/cli/diff_cases.py", folder], { encoding: "utf8" }),
    ) as Case[];
    expect(cases.length).toBe(182);
    const wrong: string[] = [];
    for (const { name, file, options, same } of cases) {
      const given = Object.entries(options).flatMap(([key, value]) =>
        Array.isArray(value) ? value.flatMap((one) => [ignoring[key]!, one]) : [`--${key}`, `${value}`],
      );
      const { code } = await fitslice(["diff", join(folder, "a.fits"), join(folder, file), ...given], {
        cwd,
      });
      if (code !== (same ? 0 : 1)) wrong.push(`${name} ${given.join(" ")}: fitsdiff ${same}, diff ${code}`);
    }
    expect(wrong).toEqual([]);
  },
  180_000,
);
