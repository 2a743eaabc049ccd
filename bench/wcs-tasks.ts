/**
 * What the benchmark of world coordinates does with fitslice, as one task in one process; wcs_astropy.py does the same.
 *
 * argv: sky|pixel HEADER SIDE. SIDE x SIDE pixels, spread over an image of 3162 x 3162, to the sky, or their positions
 * back, three times.
 */
import { readFileSync } from "node:fs";
import { parseHeader } from "fitslice";
import { wcsOf } from "fitslice/wcs";
import { peakMemory, tell } from "./task.js";

const [way, file, text] = process.argv.slice(2) as [string, string, string];
const side = Number(text);
const step = 3162 / side;
const { celestial } = wcsOf(parseHeader(readFileSync(file)));
const x = Float64Array.from({ length: side * side }, (_, i) => (i % side) * step);
const y = Float64Array.from({ length: side * side }, (_, i) => Math.floor(i / side) * step);
const sky = way === "pixel" ? celestial!.skyOf(x, y) : undefined;
const seconds: number[] = [];
let sum = 0;
for (let i = 0; i < 3; i++) {
  const start = performance.now();
  const { first, second } = work();
  seconds.push((performance.now() - start) / 1000);
  sum = mean(first) + mean(second);
}
tell({ seconds, checksum: sum, maxRss: peakMemory() });

function work(): { readonly first: Float64Array; readonly second: Float64Array } {
  if (sky) {
    const pixels = celestial!.pixelsOf(sky.lon, sky.lat);
    return { first: pixels.x, second: pixels.y };
  }
  const { lon, lat } = celestial!.skyOf(x, y);
  return { first: lon, second: lat };
}

/** Of those that have a place. */
function mean(values: Float64Array): number {
  let total = 0;
  let count = 0;
  for (const value of values) {
    if (Number.isNaN(value)) continue;
    total += value;
    count++;
  }
  return total / count;
}
