/**
 * What the remote benchmark does, as one task in one process: `fitslice` here, astropy in remote_astropy.py.
 *
 * argv: TASK URL. Prints one line of JSON: seconds of the work in a fresh process (no library's loading is measured, here or
 * there) and what moved.
 */
import { createProfile, open } from "fitslice";
import { checksum, places, tell } from "./task.js";

const started = performance.now();

const cubeSections: Record<string, string> = {
  "cube-image": "1000, 500:600, 300:400, 0",
  "cube-planes": "500:600, 700:800, 300, 0",
  "cube-rows": "500:600, 700, 300:400, 0",
  "cube-pixels": "1000:1010, 700:710, :, 0",
};

const [task, url] = process.argv.slice(2) as [string, string];
const profile = createProfile();
const fits = await open(url, { profile });
const sum = await perform();
const seconds = (performance.now() - started) / 1000;
const { requests, roundTrips, bytes } = profile.summary();
await fits.close();
tell({ seconds, requests, roundTrips, bytes, checksum: sum });

async function perform(): Promise<number> {
  switch (task) {
    case "hdus":
      return (await fits.hdus()).length;
    case "header":
      return (await fits.hdu(4)).header.cards.length;
    case "cutout":
      return checksum([await (await fits.image(1)).section("1600:1720, 2000:2120")]);
    case "small":
    case "medium": {
      const size = task === "small" ? 40 : 200;
      const image = await fits.image(1);
      return checksum(
        await image.sections(places(4421, 4223, size).map(([y, x]) => `${y}:${y + size}, ${x}:${x + size}`)),
      );
    }
    default: {
      const image = await fits.image(0);
      return checksum([await image.section(cubeSections[task]!)]);
    }
  }
}
