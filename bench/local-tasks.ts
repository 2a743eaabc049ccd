/**
 * What the local benchmark does with fitslice, as one task in one process; local_numpy.py does the same with numpy.
 *
 * argv: image|stats FILE HDU. Does it three times, of which the first counts for memory.
 */
import { open } from "fitslice";
import { checksum, peakMemory, tell } from "./task.js";

const [task, file, hdu] = process.argv.slice(2) as [string, string, string];
const fits = await open(file);
const image = await fits.image(Number(hdu));
const seconds: number[] = [];
let maxRss = 0;
let sum = 0;
for (let i = 0; i < 3; i++) {
  const start = performance.now();
  const result = task === "image" ? await image.section() : await image.stats();
  seconds.push((performance.now() - start) / 1000);
  if (i > 0) continue;
  maxRss = peakMemory();
  sum = "data" in result ? checksum([result]) : result.mean;
}
await fits.close();
tell({ seconds, checksum: sum, maxRss });
