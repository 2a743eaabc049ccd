/**
 * Files that are cut short, or replaced while they are open: each kind of data is an error, in zarrita over the store, and in Python
 * over the served store, whole files beside them.
 */
import { once } from "node:events";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { createAdaptorServer } from "@hono/node-server";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ndarray } from "../../src/array.js";
import { type Fits, open } from "../../src/index.js";
import { arraySource, compressedHdu, fitsBytes, imageHdu, tableHdu } from "../../src/write/index.js";
import { chunkCounts } from "../../src/zarr/chunks.js";
import { zarrHandler, zarrStore } from "../../src/zarr/index.js";
import { readPage } from "../docs/dask.js";
import { type RangeServer, startRangeServer } from "../servers/range-server.js";
import { readByZarrita } from "./equal.js";
import { plainFile } from "./files.js";
import { hasZarr, runPython } from "./python.js";

type Bytes = Uint8Array<ArrayBuffer>;

/** Numbers that no algorithm compresses much: a file is larger than what is read with its headers. */
function noise<T extends Int16Array | Int32Array | Float32Array>(values: T): T {
  let last = 1;
  for (let i = 0; i < values.length; i++) values[i] = ((last = (last * 48271) % 2147483647) % 4001) + 1;
  return values;
}

const shape = [40, 4000];

function tiled(values: Int16Array | Int32Array | Float32Array, algorithm: "rice" | "gzip2"): Promise<Bytes> {
  const source = arraySource(ndarray(values as Int16Array<ArrayBuffer>, shape));
  return fitsBytes([imageHdu(), compressedHdu(source, { algorithm, tile: [4, 4000] })]);
}

const kinds: Record<string, () => Promise<Bytes>> = {
  plain: async () => plainFile("int16", shape, {}, noise(new Int16Array(160000))),
  rice: () => tiled(noise(new Int16Array(160000)), "rice"),
  gzip2: () => tiled(noise(new Int32Array(160000)), "gzip2"),
  quantized: () => tiled(noise(new Float32Array(160000)), "rice"),
  table: () => {
    const values = Float64Array.from({ length: 30000 }, (_, i) => i + 1);
    const table = tableHdu({
      name: "T",
      columns: [{ name: "a", format: "D" }],
      batches: [{ columns: [{ values }] }],
    });
    return fitsBytes([imageHdu(), table]);
  },
};
const states = ["whole", "cut", "changed"] as const;

/** A file in one of the states, and the array in its store. */
interface Case {
  readonly name: string;
  readonly state: (typeof states)[number];
  readonly fits: Fits;
  readonly group: string;
  readonly array: string;
}

let server: RangeServer;
const cases: Case[] = [];

beforeAll(async () => {
  const files = new Map<string, Bytes>();
  for (const [kind, make] of Object.entries(kinds)) {
    const bytes = await make();
    for (const state of states)
      files.set(`/${state}-${kind}`, state === "cut" ? bytes.slice(0, bytes.length - 5760) : bytes);
  }
  server = await startRangeServer({ files });
  for (const kind of Object.keys(kinds))
    for (const state of states) {
      const name = `${state}-${kind}`;
      const fits = await open(`${server.url}/${name}`, { blockSize: 2880 });
      const { groups } = await zarrStore(fits).describe();
      const [group, { arrays }] = Object.entries(groups).find(([, each]) => Object.keys(each.arrays)[0])!;
      cases.push({ name, state, fits, group, array: Object.keys(arrays)[0]! });
      // Other bytes of the same size have another ETag.
      if (state === "changed") server.set(`/${name}`, files.get(`/${name}`)!.slice());
    }
});

afterAll(async () => {
  for (const { fits } of cases) await fits.close();
  await server?.close();
});

test.each([2, 3] as const)(
  "zarrita reads what is whole, and rejects for all else (version %i)",
  async (format) => {
    for (const { name, state, fits, group, array } of cases) {
      for (const values of ["physical", "raw"] as const) {
        const reading = readByZarrita(zarrStore(fits, { values }), `${group}/${array}`, format);
        if (state === "whole")
          expect(
            (await reading).some((byte) => byte !== 0),
            name,
          ).toBe(true);
        else {
          const code = state === "cut" ? "TRUNCATED" : "SOURCE_CHANGED";
          await expect(reading, name).rejects.toMatchObject({ code });
        }
      }
    }
  },
);

describe("served,", () => {
  let served: Server;
  let url: string;

  beforeAll(async () => {
    const handler = zarrHandler(async (path) => {
      const found = cases.find(({ name }) => path.startsWith(`${name}/`));
      return found && { fits: found.fits, key: path.slice(found.name.length + 1) };
    });
    served = createAdaptorServer({ fetch: handler, overrideGlobalObjects: false }) as Server;
    served.listen(0, "127.0.0.1");
    await once(served, "listening");
    url = `http://127.0.0.1:${(served.address() as AddressInfo).port}`;
  });

  afterAll(() => {
    served?.closeAllConnections();
    served?.close();
  });

  test("some chunk is an answer 500 or 502, and none is 404 or short", async () => {
    for (const { name, state, fits, group, array } of cases) {
      const described = (await zarrStore(fits).describe()).groups[group]!.arrays[array]!;
      const [rows, ...last] = chunkCounts(described.shape, described.chunkShape);
      const statuses = new Set<number>();
      for (let i = 0; i < rows!; i++) {
        const key = [i, ...last.map((count) => count - 1)].join(".");
        const response = await fetch(`${url}/${name}/${group}/${array}/${key}`);
        statuses.add(response.status);
        const { length } = new Uint8Array(await response.arrayBuffer());
        if (response.status === 200) expect(String(length)).toBe(response.headers.get("content-length"));
      }
      statuses.delete(200);
      expect([...statuses], name).toEqual({ whole: [], cut: [500], changed: [502] }[state]);
    }
  });

  test.runIf(hasZarr)(
    "the store of the page on Dask reads what is whole, and raises for all else",
    async () => {
      const recipe = readPage().find(({ language }) => language === "python")!.code;
      const jobs = cases.map(({ name, group, array }) => ({
        ...{ name, group, array, options: {} },
        where: `${url}/${name}/`,
        remote: name.endsWith("rice"),
      }));
      const { stdout, stderr, code } = await runPython(["test/zarr/read_strict.py"], {
        input: JSON.stringify({ recipe, jobs }),
      });
      expect(code, stderr).toBe(0);
      const found = Object.entries(JSON.parse(stdout) as Record<string, unknown>);
      expect(found.length).toBe(cases.length + 3);
      for (const [name, outcome] of found) {
        if (name.startsWith("whole")) expect(outcome, name).toBeGreaterThan(0);
        else expect(outcome, name).toMatch(/^(Exception: )?RuntimeError.*cannot be read/);
      }
    },
    120_000,
  );
});
