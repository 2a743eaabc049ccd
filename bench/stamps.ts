/**
 * The benchmark of stamps: `fitslice cutouts` beside a loop of astropy's Cutout2D that writes the same files, each a whole process,
 * on files of a disk and on those of a slow server.
 */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { ndarray } from "fitslice";
import { type HeaderItem, imageHdu } from "fitslice/write";
import { bundle } from "../scripts/run-ts.mjs";
import { spawnServer } from "../test/servers/spawn.js";
import { type Arena, compete, link, pythonWith } from "./contest.js";
import { makeFits, sky, uniform } from "./inputs.js";
import type { BenchOptions, Row } from "./rows.js";

/** Arcseconds of a pixel. */
const scale = 0.2;

export async function stampsBench({ smoke, runs, folder }: BenchOptions): Promise<Row[]> {
  const side = smoke ? 500 : 4096;
  const counts = smoke ? { local: 60, remote: 10 } : { local: 10_000, remote: 200 };
  const fields = Array.from({ length: smoke ? 2 : 10 }, (_, i) => i);
  const pathOf = (i: number): string => join(folder, `stamps-${side}-${i}.fits`);
  for (const i of fields)
    await makeFits(pathOf(i), () => [
      imageHdu({ data: ndarray(sky(side, 10), [side, side]), header: header(i, side) }),
    ]);
  const served = fields.slice(0, 4);
  const server = await spawnServer({
    files: Object.fromEntries(served.map((i) => [`/${i}.fits`, pathOf(i)])),
    ...link,
    ...(smoke && { latency: 5 }),
  });
  const arena: Arena = {
    suite: "stamps",
    runs,
    script: await bundle("bench/stamps-tasks.ts"),
    python: pythonWith(["astropy", "fsspec", "aiohttp"], "bench/stamps_astropy.py"),
  };
  try {
    const rows: Row[] = [];
    for (const [name, count, files] of [
      ["local", counts.local, fields.map(pathOf)],
      ["remote", counts.remote, served.map((i) => `${server.url}/${i}.fits`)],
    ] as const) {
      const list = join(folder, `stamps-${name}.csv`);
      await writeFile(list, targets(files, count, side));
      rows.push(
        await compete(
          {
            name,
            title: `${count} stamps of 64 x 64 out of ${files.length} files, ${name === "local" ? "on disk" : "at 50 ms"}`,
            ours: [list],
            theirs: { "": [list] },
            reference: name === "local" ? "astropy" : "astropy + fsspec",
          },
          name === "local" ? arena : { ...arena, server },
        ),
      );
    }
    return rows;
  } finally {
    await server.close();
  }
}

/** As long as that of a real survey: some sixty cards. */
function header(field: number, side: number): HeaderItem[] {
  const wcs: [string, string | number][] = [
    ["CTYPE1", "RA---TAN"],
    ["CTYPE2", "DEC--TAN"],
    ["CRVAL1", centerOf(field)],
    ["CRVAL2", 0],
    ["CRPIX1", (side + 1) / 2],
    ["CRPIX2", (side + 1) / 2],
    ["CD1_1", -scale / 3600],
    ["CD1_2", 1e-9],
    ["CD2_1", 1e-9],
    ["CD2_2", scale / 3600],
    ["RADESYS", "ICRS"],
  ];
  const others = Array.from({ length: 45 }, (_, i) => [`KEY${i}`, i * 1.5] as [string, number]);
  return [...wcs, ...others].map(([keyword, value]) => ({ keyword, value }));
}

/** Degrees. */
function centerOf(field: number): number {
  return 150 + field;
}

/** Targets at random, in no order, all stamps within their images. */
function targets(files: readonly string[], count: number, side: number): string {
  const random = uniform(3);
  const offset = (): number => ((random() - 0.5) * (side - 80) * scale) / 3600;
  const rows = Array.from({ length: count }, (_, i) => {
    const field = Math.floor(random() * files.length);
    return `s${i},${centerOf(field) + offset()},${offset()},64,${files[field]}`;
  });
  return `name,ra,dec,size_pix,file\n${rows.join("\n")}\n`;
}
