/**
 * What the codec benchmark does with fitslice, as one task in one process; codecs_reference.py does the same with
 * fitsio (cfitsio) and astropy.
 *
 * argv:
 *     decode FILE WORKERS       all of HDU 1, then of HDU 2, which holds the same, three times; WORKERS "" is the default
 *     small|medium URL          20 sections of HDU 1 asked for together
 *     gz URL [INDEX]            one section of HDU 0
 *     index URL INDEX           makes the index file
 */
import { readFileSync, writeFileSync } from "node:fs";
import { createProfile, type NdArray, open } from "fitslice";
import type { Outcome } from "./contest.js";
import { checksum, gzSection, peakMemory, places, tell } from "./task.js";

const started = performance.now();

const [task, file, extra = ""] = process.argv.slice(2) as [string, string, string?];
if (task === "decode") tell(await decode());
else if (task === "index") tell(await makeIndex());
else tell(await remote());

async function decode(): Promise<Outcome> {
  const fits = await open(file, extra === "" ? {} : { workers: Number(extra) });
  const seconds: number[] = [];
  let outcome = {};
  for (const hdu of [1, 2, 1, 2, 1, 2]) {
    const image = await fits.image(hdu);
    const start = performance.now();
    const pixels = await image.section();
    seconds.push((performance.now() - start) / 1000);
    if (seconds.length === 1) outcome = { maxRss: peakMemory(), checksum: checksum([pixels]) };
  }
  await fits.close();
  return { seconds, ...outcome };
}

async function remote(): Promise<Outcome> {
  const profile = createProfile();
  const index = extra === "" ? undefined : readFileSync(extra);
  const fits = await open(file, { profile, index });
  const arrays = task === "gz" ? [await (await fits.image(0)).section(gzSection)] : await cutouts();
  const seconds = (performance.now() - started) / 1000;
  const { requests, roundTrips, bytes } = profile.summary();
  await fits.close();
  return { seconds, requests, roundTrips, bytes, checksum: checksum(arrays) };

  async function cutouts(): Promise<NdArray[]> {
    const image = await fits.image(1);
    const [height, width] = image.shape as [number, number];
    const size = task === "small" ? 40 : 200;
    return image.sections(places(height, width, size).map(([y, x]) => `${y}:${y + size}, ${x}:${x + size}`));
  }
}

async function makeIndex(): Promise<Outcome> {
  const fits = await open(file);
  writeFileSync(extra, await fits.index());
  await fits.close();
  return { seconds: (performance.now() - started) / 1000 };
}
