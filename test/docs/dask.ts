/**
 * docs/dask.md as a program: its cells, run against the files that the page names.
 */
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { ndarray } from "../../src/array.js";
import { fitsBytes, formatHeader, imageHdu } from "../../src/write/index.js";
import { type RangeServer, startRangeServer } from "../servers/range-server.js";
import { runPython } from "../zarr/python.js";

export const page = "docs/dask.md";
export const notebook = "docs/dask.ipynb";

export interface Cell {
  readonly language: "markdown" | "python" | "sh";
  readonly code: string;
}

/** The page in pieces: text, cells of Python, and commands. */
export function cellsOf(text: string): Cell[] {
  const parts = text.split(/^```(python|sh)\n([\s\S]*?)^```\n/m);
  const cells: Cell[] = [];
  for (let i = 0; i < parts.length; i += 3) {
    const prose = parts[i]!.trim();
    if (prose !== "") cells.push({ language: "markdown", code: prose });
    if (parts[i + 1])
      cells.push({ language: parts[i + 1] as "python" | "sh", code: parts[i + 2]!.trimEnd() });
  }
  return cells;
}

const [planes, rows, columns] = [1917, 2400, 2400];

/** A cube whose pixels are the number of their plane: 44 GB that nobody has to keep. */
function cube(): { size: number; read(offset: number, length: number): Uint8Array } {
  const cards = { SIMPLE: true, BITPIX: -32, NAXIS: 3, NAXIS1: columns, NAXIS2: rows, NAXIS3: planes };
  const header = formatHeader(Object.entries(cards).map(([keyword, value]) => ({ keyword, value })));
  const pixels = planes * rows * columns;
  return {
    size: header.length + Math.ceil((pixels * 4) / 2880) * 2880,
    read(offset, length) {
      const out = new Uint8Array(length);
      const view = new DataView(out.buffer);
      if (offset < header.length) out.set(header.subarray(offset, offset + length));
      const first = Math.ceil(Math.max(0, offset - header.length) / 4);
      for (
        let pixel = first, at = header.length + first * 4 - offset;
        at + 4 <= length && pixel < pixels;
        pixel++, at += 4
      )
        view.setFloat32(at, Math.floor(pixel / (rows * columns)));
      return out;
    },
  };
}

async function visit(number: number): Promise<Uint8Array<ArrayBuffer>> {
  const shape = [300, 400];
  const data = Float32Array.from({ length: 120_000 }, (_, i) => (i % 400) + number);
  return fitsBytes([
    imageHdu(),
    imageHdu({
      name: "SCI",
      data: ndarray(data, shape),
      header: [{ keyword: "BUNIT", value: "electron/s" }],
    }),
  ]);
}

export interface Run {
  /** What each cell wrote; text for markdown is empty. */
  readonly outputs: readonly string[];
  /** Bytes of the cube that the server sent for cells, after the command that made the references. */
  readonly cubeBytes: number;
  readonly cubeSize: number;
}

/** Runs the cells of the page. Throws with what the failing cell said. */
export async function runPage(cells: readonly Cell[]): Promise<Run> {
  const whole = cube();
  const visits = await Promise.all(
    [1, 2, 3, 4].map(async (n) => [`/visit${n}.fits`, await visit(n)] as const),
  );
  const server: RangeServer = await startRangeServer({
    files: { ...Object.fromEntries(visits), "/cube.fits": whole },
  });
  const folder = mkdtempSync(join(tmpdir(), "fitslice-dask-"));
  try {
    const command = join(folder, "fitslice");
    writeFileSync(
      command,
      `#!/bin/sh\nexec "${process.execPath}" "${resolve("dist/cli/main.js")}" "$@" 2>&1\n`,
    );
    chmodSync(command, 0o755);
    const input = cells
      .filter(({ language }) => language !== "markdown")
      .map(({ language, code }) => ({
        language,
        code: code
          .replaceAll("https://archive.example", server.url)
          .replace('"https"', '"http"')
          .replace(/^fitslice/gm, "./fitslice"),
      }));
    const { code, stdout, stderr } = await runPython([resolve("test/docs/run_cells.py")], {
      input: JSON.stringify(input),
      cwd: folder,
    });
    if (code !== 0) throw new Error(stderr);
    const written = JSON.parse(stdout) as string[];
    const outputs = cells.map(({ language }) =>
      language === "markdown" ? "" : written.shift()!.replaceAll(server.url, "https://archive.example"),
    );
    const sent = server.requests
      .filter(({ path }) => path === "/cube.fits")
      .reduce((sum, request) => sum + request.sent, 0);
    return { outputs, cubeBytes: sent, cubeSize: whole.size };
  } finally {
    await server.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The page as a Jupyter notebook (format 4), with these outputs. */
export function notebookOf(cells: readonly Cell[], outputs: readonly string[]): string {
  let count = 0;
  const lines = (text: string): string[] => text.split(/(?<=\n)/);
  const made = cells.map(({ language, code }, i) => {
    const id = `cell-${i}`;
    if (language === "markdown") return { cell_type: "markdown", id, metadata: {}, source: lines(code) };
    count++;
    const source = lines(language === "sh" ? code.replace(/^/gm, "!") : code);
    const text = outputs[i]!;
    const shown = text === "" ? [] : [{ name: "stdout", output_type: "stream", text: lines(text) }];
    return { cell_type: "code", execution_count: count, id, metadata: {}, outputs: shown, source };
  });
  const metadata = {
    kernelspec: { display_name: "Python 3", language: "python", name: "python3" },
    language_info: { name: "python" },
  };
  return `${JSON.stringify({ cells: made, metadata, nbformat: 4, nbformat_minor: 5 }, undefined, 1)}\n`;
}

export function readPage(): Cell[] {
  return cellsOf(readFileSync(page, "utf8"));
}
