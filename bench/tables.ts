/**
 * The benchmark of tables: a column, the first rows, and the rows that pass a condition of a remote table; a column of
 * a local one, and all of it to Arrow and Parquet; in time, bytes and memory of the whole process, beside astropy.
 */
import { join } from "node:path";
import { bundle } from "../scripts/run-ts.mjs";
import { spawnServer } from "../test/servers/spawn.js";
import { type Arena, compete, link, pythonWith, type Task } from "./contest.js";
import type { BenchOptions, Row } from "./rows.js";
import { makeTable } from "./table-file.js";

const rowBytes = 168;

export async function tablesBench({ smoke, runs, folder }: BenchOptions): Promise<Row[]> {
  const rowCount = smoke ? 3000 : 2_000_000;
  const file = join(folder, `table-${rowCount}.fits`);
  await makeTable(file, rowCount);
  const script = await bundle("bench/tables-tasks.ts");
  const python = "bench/tables_astropy.py";
  const server = await spawnServer({
    files: { "/table.fits": file },
    ...link,
    ...(smoke && { latency: 5 }),
  });
  const remote: Arena = {
    suite: "tables",
    runs,
    script,
    python: pythonWith(["astropy", "fsspec", "aiohttp"], python),
    server,
  };
  const local: Arena = { suite: "tables", runs, script, python: pythonWith(["astropy"], python) };
  try {
    const rows: Row[] = [];
    for (const task of remoteTasks(`${server.url}/table.fits`, rowCount)) {
      rows.push(await compete(task, remote));
    }
    for (const task of localTasks(file, folder)) rows.push(await compete(task, local));
    return rows;
  } finally {
    await server.close();
  }
}

/** Whatever the condition, rows are shorter than what a request costs: all are needed. */
function remoteTasks(url: string, rowCount: number): Task[] {
  const all = rowCount * rowBytes;
  return [
    { name: "column", title: "remote, one float64 column", needs: { roundTrips: 2, bytes: all } },
    {
      name: "head",
      title: "remote, 1000 rows of 3 columns",
      needs: { roundTrips: 2, bytes: 1000 * rowBytes },
    },
    { name: "where", title: "remote, 0.1 % of the rows", needs: { roundTrips: 3, bytes: all } },
  ].map((task) => ({
    ...task,
    ours: [task.name, url],
    reference: "astropy + fsspec",
    theirs: { default: [task.name, url, "default"] },
  }));
}

function localTasks(file: string, folder: string): Task[] {
  const all = { reference: "astropy, every column read", theirs: { "": ["all", file, ""] } };
  return [
    {
      name: "local-column",
      title: "local, one float64 column",
      ours: ["column", file],
      reference: "astropy",
      theirs: { "": ["column", file, ""] },
    },
    {
      name: "arrow",
      title: "local, whole table to Arrow",
      ours: ["arrow", file, join(folder, "table.arrow")],
      ...all,
    },
    {
      name: "parquet",
      title: "local, whole table to Parquet",
      ours: ["parquet", file, join(folder, "table.parquet")],
      ...all,
    },
  ];
}
