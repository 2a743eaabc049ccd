/**
 * What the remote benchmark does, as one task in one process: `fitslice` here, astropy in remote_astropy.py.
 *
 * argv: TASK URL. Prints one line of JSON: seconds from the start of the work (the library's own loading counted) and
 * what moved.
 */
const started = performance.now();
const { createProfile, open } = await import("fitslice");

const cubeSections: Record<string, string> = {
  "cube-image": "1000, 500:600, 300:400, 0",
  "cube-planes": "500:600, 700:800, 300, 0",
  "cube-rows": "500:600, 700, 300:400, 0",
  "cube-pixels": "1000:1010, 700:710, :, 0",
};

const [task, url] = process.argv.slice(2) as [string, string];
const profile = createProfile();
const fits = await open(url, { profile });
const checksum = await perform();
const seconds = (performance.now() - started) / 1000;
const { requests, roundTrips, bytes, usedBytes } = profile.summary();
await fits.close();
process.stdout.write(`${JSON.stringify({ seconds, requests, roundTrips, bytes, usedBytes, checksum })}\n`);

async function perform(): Promise<number> {
  switch (task) {
    case "hdus":
      return (await fits.hdus()).length;
    case "header":
      return (await fits.hdu(4)).header.cards.length;
    case "cutout":
      return sum([await (await fits.image(1)).section("1600:1720, 2000:2120")]);
    case "small":
    case "medium": {
      const size = task === "small" ? 40 : 200;
      const image = await fits.image(1);
      return sum(await image.sections(places(size).map(([y, x]) => `${y}:${y + size}, ${x}:${x + size}`)));
    }
    default: {
      const image = await fits.image(0);
      return sum([await image.section(cubeSections[task]!)]);
    }
  }
}

/** Twenty places, the same for every library: a linear congruential sequence. */
function places(size: number): [y: number, x: number][] {
  let state = 12345;
  const random = (): number => (state = (state * 16807) % 2147483647) / 2147483647;
  return Array.from({ length: 20 }, () => [
    Math.floor(random() * (4421 - size)),
    Math.floor(random() * (4223 - size)),
  ]);
}

function sum(arrays: readonly { data: ArrayLike<number | bigint> }[]): number {
  let total = 0;
  for (const { data } of arrays) for (let i = 0; i < data.length; i++) total += Number(data[i]);
  return Math.round(total * 1000) / 1000;
}
