/**
 * A process of the soak of the cache: reads random sections of random files through one cache, checks every pixel, and
 * writes a line for each section. Arguments: one JSON object, `ReaderTask`.
 */
import { createProfile, FitsError, lastingCache, open } from "fitslice";
import { seeded } from "../servers/content.js";
import { fileName, files, pixel, side, versions } from "./cache-files.js";

export interface ReaderTask {
  readonly url: string;
  readonly folder: string;
  readonly limit: number;
  readonly seed: number;
  readonly count: number;
}

const task = JSON.parse(process.argv[2]!) as ReaderTask;
const random = seeded(task.seed);
const cache = lastingCache({ folder: task.folder, limit: task.limit });

for (let i = 0; i < task.count; i++) process.stdout.write(`${await readOne()}\n`);

/** `right MOVED`, `changed` where the file was replaced meanwhile, else what is wrong. */
async function readOne(): Promise<string> {
  const file = Math.floor(random() * files);
  const size = 1 + Math.floor(random() ** 3 * 400);
  const [y, x] = [0, 1].map(() => Math.floor(random() * (side - size))) as [number, number];
  const profile = createProfile({ maxEvents: 0 });
  try {
    const fits = await open(task.url + fileName(file), { cache, profile });
    try {
      const { data } = await (await fits.image(0)).section(`${y}:${y + size},${x}:${x + size}`);
      const version = Math.floor(Number(data[0]) / 1e8);
      for (let row = 0, i = 0; row < size; row++)
        for (let column = 0; column < size; column++, i++)
          if (data[i] !== pixel(file, version, (y + row) * side + x + column))
            return `wrong: file ${file}, version ${version}, [${y + row}, ${x + column}]: ${data[i]}`;
      if (!(version >= 0 && version < versions)) return `wrong: version ${version}`;
      for (const warning of fits.warnings) return `warned: ${warning}`;
    } finally {
      await fits.close();
    }
    return `right ${profile.summary().bytes}`;
  } catch (error) {
    if (error instanceof FitsError && error.code === "SOURCE_CHANGED") return "changed";
    return `failed: ${String(error)}`;
  }
}
