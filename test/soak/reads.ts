/**
 * Random sections and table cells over HTTP, where a fifth of all requests meets a fault: every answer is that of the file
 * on disk, or a FitsError.
 */
import { type Fits, open } from "fitslice";
import { seeded } from "../servers/content.js";
import { soakFiles } from "./files.js";
import { type KnownHdus, type RandomRead, randomRead } from "./random-read.js";
import {
  count,
  describeError,
  outcomeOf,
  type SoakOptions,
  type SoakResult,
  tally,
  type Violation,
} from "./report.js";
import { type FaultyServer, startFaultyServer } from "./server.js";

/** Files open at a time. */
const readers = 16;
/** Milliseconds of silence after which a request counts as failed: faults are many, and waiting is long. */
const timeout = 400;
/** Milliseconds after which a read hangs: retries, pauses and timeouts together are far shorter. */
const limit = 90_000;

/** What a reader may say of a server that answers wrongly. Other codes blame the file or the caller. */
const honest =
  "NETWORK TIMEOUT HTTP NOT_FOUND FORBIDDEN SHORT_READ RANGE_IGNORED BAD_RANGE SOURCE_CHANGED".split(" ");

interface Known {
  readonly path: string;
  readonly truth: Fits;
  readonly hdus: KnownHdus;
}

export async function soakReads({
  count: reads,
  seed,
  faults: kinds,
  folder,
}: SoakOptions): Promise<SoakResult> {
  const files = await soakFiles(folder);
  const known: Known[] = [];
  for (const { path, onDisk } of files) {
    const truth = await open(onDisk);
    known.push({ path, truth, hdus: await truth.hdus() });
  }
  const served = Object.fromEntries(files.map(({ path, onDisk }) => [path, onDisk]));
  const server = await startFaultyServer({ files: served, rate: 0.2, seed, kinds });
  const violations: Violation[] = [];
  const codes = new Map<string, number>();
  let right = 0;
  let begun = 0;

  async function reader(seed: number): Promise<void> {
    const random = seeded(seed);
    while (begun < reads) {
      const file = known[Math.floor(random() * known.length)]!;
      const chosen = Array.from({ length: 1 + Math.floor(random() * 8) }, () =>
        randomRead(file.hdus, random),
      );
      begun += chosen.length;
      // Small first reads and no cache, mostly: else the files here are held after one request.
      const blockSize = 2880 * (1 + Math.floor(random() * (random() < 0.8 ? 4 : 100)));
      await readAll(file, chosen, server, { blockSize, ...(random() < 0.5 && { cacheBytes: 0 }) });
    }
  }

  async function readAll(
    file: Known,
    chosen: readonly RandomRead[],
    { url }: FaultyServer,
    options: object,
  ): Promise<void> {
    const opened = await outcomeOf(
      () => open(`${url}${file.path}`, { ...options, timeout, retries: 3 }),
      limit,
    );
    if (!("value" in opened)) return judge(file, "open", opened);
    const fits = opened.value;
    await Promise.all(
      chosen.map(async (read) => judge(file, read.text, await outcomeOf(() => read.run(fits), limit), read)),
    );
    const closed = await outcomeOf(() => fits.close(), limit);
    if (!("value" in closed)) await judge(file, "close", closed);
  }

  async function judge(
    file: Known,
    text: string,
    outcome: Awaited<ReturnType<typeof outcomeOf<unknown>>>,
    read?: RandomRead,
  ): Promise<void> {
    const where = `seed ${seed}, ${file.path}, ${text}`;
    if ("hang" in outcome) violations.push({ kind: "hang", text: where });
    else if ("untyped" in outcome)
      violations.push({ kind: "untyped", text: `${where}: ${describeError(outcome.untyped)}` });
    else if ("code" in outcome) {
      count(codes, outcome.code);
      // An HTML page that comes first is all that is known of the file.
      const isPage =
        text === "open" && outcome.code === "NOT_FITS" && outcome.error.message.includes("web page");
      if (!honest.includes(outcome.code) && !isPage)
        violations.push({ kind: "misleading", text: `${where}: ${describeError(outcome.error)}` });
    } else if (read) {
      const truth = await outcomeOf(() => read.run(file.truth), limit);
      if ("value" in truth && truth.value === outcome.value) right++;
      else
        violations.push({
          kind: "wrong",
          text: `${where}: ${JSON.stringify(outcome)}, on disk ${JSON.stringify(truth)}`,
        });
    }
  }

  await Promise.all(Array.from({ length: readers }, (_, i) => reader(seed * 1000 + i)));
  const { requests, faults } = await server.report();
  await server.close();
  for (const { truth } of known) await truth.close();
  const met = Object.values(faults).reduce((a, b) => a + b, 0);
  return {
    numbers: {
      reads: begun,
      right,
      "typed errors": [...codes.values()].reduce((a, b) => a + b, 0),
      codes: `(${tally(codes)}) as`,
      requests,
      faults: met,
      "of kinds": Object.keys(faults).length,
    },
    violations,
  };
}
