/**
 * Speed and memory of local reads: a whole float32 image into native order, and the statistics of a large mosaic, each
 * in a process of its own. `local_numpy.py` does the same with numpy.
 *
 *     local.ts image FILE [REPEATS]
 *     local.ts stats FILE [REPEATS]
 *     local.ts make FILE ROWS COLUMNS
 *
 * Prints one line of JSON: seconds of every repeat, and `maxRss`, the peak memory of the whole process in bytes.
 */
import { closeSync, openSync, writeSync } from "node:fs";
import { argv, resourceUsage, stdout } from "node:process";
import { open } from "fitslice";

const [task, file, ...numbers] = argv.slice(2);

if (task === "make") make(file!, Number(numbers[0]), Number(numbers[1]));
else await measure();

async function measure(): Promise<void> {
  const repeats = Number(numbers[0] ?? (task === "image" ? 9 : 1));
  const fits = await open(file!);
  const image = await fits.image(0);
  const seconds: number[] = [];
  let result: unknown;
  for (let i = 0; i < repeats; i++) {
    const start = performance.now();
    result = task === "image" ? (await image.section()).shape : await image.stats();
    seconds.push((performance.now() - start) / 1000);
  }
  await fits.close();
  stdout.write(`${JSON.stringify({ task, seconds, maxRss: resourceUsage().maxRSS * 1024, result })}\n`);
}

/** A primary float32 image of smooth values with some NaN. */
function make(path: string, rows: number, columns: number): void {
  const cards = [
    "SIMPLE  =                    T",
    "BITPIX  =                  -32",
    "NAXIS   =                    2",
    `NAXIS1  = ${String(columns).padStart(20)}`,
    `NAXIS2  = ${String(rows).padStart(20)}`,
    "END",
  ];
  const out = openSync(path, "w");
  writeSync(
    out,
    cards
      .map((card) => card.padEnd(80))
      .join("")
      .padEnd(2880),
  );
  const row = new DataView(new ArrayBuffer(4 * columns));
  for (let y = 0; y < rows; y++) {
    for (let x = 0; x < columns; x++)
      row.setFloat32(4 * x, (x * y) % 1009 === 7 ? Number.NaN : Math.fround(((x * 31 + y * 17) % 4096) / 64));
    writeSync(out, row);
  }
  writeSync(out, new Uint8Array((2880 - ((rows * columns * 4) % 2880)) % 2880));
  closeSync(out);
}
