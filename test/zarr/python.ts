/**
 * Python with zarr, xarray and dask, as Debian has them. The server that Python reads from may be in this process, which is
 * why no call waits for Python in the way that stops everything.
 */
import { spawn, spawnSync } from "node:child_process";

const python = "/usr/bin/python3";
const env = { ...process.env, PYTHONPATH: "test/zarr", PYTHONWARNINGS: "ignore" };
const imports = "import zarr, xarray, dask, distributed, fsspec, aiohttp, astropy, fits_codecs";

export const hasZarr: boolean = spawnSync(python, ["-c", imports], { env }).status === 0;
if (!hasZarr && process.env["FITSLICE_REQUIRE_ORACLES"] === "1") throw new Error("no zarr and xarray here");
if (!hasZarr) console.warn("skipped: Python's zarr and xarray are not installed, so they read no references");

export interface PythonOutcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs Python; `cwd` is the folder where it runs. */
export function runPython(
  args: readonly string[],
  { input = "", cwd = process.cwd() }: { readonly input?: string; readonly cwd?: string } = {},
): Promise<PythonOutcome> {
  return new Promise((resolve, reject) => {
    const child = spawn(python, args, { env, cwd });
    let [stdout, stderr] = ["", ""];
    child.stdout.on("data", (chunk) => (stdout += chunk));
    child.stderr.on("data", (chunk) => (stderr += chunk));
    child.on("error", reject);
    child.on("close", (code) => resolve({ code, stdout, stderr }));
    child.stdin.end(input);
  });
}
