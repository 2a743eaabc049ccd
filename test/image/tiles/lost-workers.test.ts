/**
 * Workers that die, hang, or never come: no read hangs for them, no pixel is lost, and good data are never called bad.
 */
import { afterEach, describe, expect, it, vi } from "vitest";
import { bytesOf } from "../../../src/array.js";
import type { Pixels } from "../../../src/image/pixels.js";
import { type TilePool, tilePool } from "../../../src/image/tiles/pool.js";
import type { JobMessage, ReplyMessage } from "../../../src/image/tiles/worker.js";
import { doJob } from "../../../src/image/tiles/worker.js";
import type { TileWorker } from "../../../src/platform/types.js";
import { createReader } from "../../../src/read/run.js";
import { countingSource, layoutsOf, loadPixels, readWhole, sectionOf } from "./files.js";
import { compressedFile, testImage } from "./make.js";

/** How a worker answers: by what it posts, or by its end. */
interface Ends {
  reply(message: ReplyMessage): void;
  end(): void;
}

/** A worker that does with each job what `work` does, and is ready at once unless `start` says otherwise. */
interface MadeWorker extends TileWorker {
  terminated: boolean;
  held: boolean;
  readonly jobs: JobMessage[];
}

function madeWorker(
  work: (job: JobMessage, ends: Ends) => void,
  start: (ends: Ends) => void = ({ reply }) => reply({ ready: true }),
): MadeWorker {
  let onMessage: (message: unknown) => void = () => {};
  let onEnd: (error: unknown) => void = () => {};
  const worker: MadeWorker = {
    terminated: false,
    held: false,
    jobs: [],
    post(message) {
      worker.jobs.push(message as JobMessage);
      queueMicrotask(() => work(message as JobMessage, ends));
    },
    onMessage: (listen) => void (onMessage = listen),
    onEnd: (listen) => void (onEnd = listen),
    hold: (alive) => void (worker.held = alive),
    terminate: () => void (worker.terminated = true),
  };
  const ends: Ends = {
    reply: (message) => worker.terminated || onMessage(message),
    end: () => onEnd(new Error("the worker is gone")),
  };
  queueMicrotask(() => start(ends));
  return worker;
}

async function answer(job: JobMessage, { reply }: Ends): Promise<void> {
  reply({ id: job.id, pixels: await doJob(job, job.room) });
}

/** A pool of these workers that takes every job, however small. */
function poolOf(workers: number, start: () => TileWorker): TilePool {
  const pool = tilePool({ startTileWorker: start, processors: () => 4 }, workers);
  return { ...pool, wants: () => true };
}

const image = testImage("int16", [300, 400]);
const file = await compressedFile(image, { tile: [10, 400] });
/** Its tiles are several jobs. */
const noise = testImage("int32", [1200, 600]);
for (let i = 0; i < noise.data.length; i++) noise.data[i] = Math.imul(i, 0x9e3779b1) >> 3;
const manyJobs = await compressedFile(noise, { tile: [10, 600] });

async function pixelsBy(pool: TilePool, bytes = file): Promise<Pixels> {
  return loadPixels(layoutsOf(bytes)[1]!, { pool });
}

async function expectImage(pixels: Pixels): Promise<void> {
  expect(Buffer.compare(bytesOf((await readWhole(pixels, file)).data), bytesOf(image.data))).toBe(0);
}

async function expectNoise(pixels: Pixels): Promise<void> {
  expect(Buffer.compare(bytesOf((await readWhole(pixels, manyJobs)).data), bytesOf(noise.data))).toBe(0);
}

afterEach(() => {
  vi.useRealTimers();
});

describe("jobs of a worker that is lost", () => {
  it("are done in the calling thread, once each, where it ends without a word", async () => {
    const workers: MadeWorker[] = [];
    const pool = poolOf(1, () => {
      const worker = madeWorker((_, { end }) => end());
      workers.push(worker);
      return worker;
    });
    const decoded = vi.spyOn(pool, "decode");
    await expectNoise(await pixelsBy(pool, manyJobs));
    expect(decoded.mock.calls.length).toBeGreaterThan(2);
    expect(workers.every(({ terminated }) => terminated)).toBe(true);
    // What comes of a dead worker's jobs afterwards counts for nothing.
    const sent = workers.reduce((n, { jobs }) => n + jobs.length, 0);
    expect(sent).toBeLessThanOrEqual(decoded.mock.calls.length);
    pool.close();
  });

  it("are done in the calling thread where it ends after some of them", async () => {
    let left = 2;
    const pool = poolOf(2, () =>
      madeWorker((job, ends) => (left-- > 0 ? void answer(job, ends) : ends.end())),
    );
    await expectNoise(await pixelsBy(pool, manyJobs));
    pool.close();
  });

  it("are taken once, also if their answer and the end of their worker come together", async () => {
    const pool = poolOf(1, () =>
      madeWorker((job, ends) => {
        void answer(job, ends).then(ends.end);
      }),
    );
    let taken = 0;
    const counted: TilePool = {
      ...pool,
      decode: (job, here, signal) =>
        pool.decode(
          job,
          () => {
            taken++;
            here();
          },
          signal,
        ),
    };
    await expectImage(await pixelsBy(counted));
    expect(taken).toBe(0);
    counted.close();
  });

  it("are done in the calling thread where they cannot be posted", async () => {
    const pool = poolOf(1, () => ({
      ...madeWorker(() => {}),
      post() {
        throw new DOMException("could not be cloned", "DataCloneError");
      },
    }));
    await expectImage(await pixelsBy(pool));
    pool.close();
  });

  it("are done in the calling thread where there is no memory to post them", async () => {
    const pool = poolOf(1, () => madeWorker((job, ends) => void answer(job, ends)));
    const pixels = await pixelsBy(pool);
    const Real = Uint8Array;
    let refused = 0;
    vi.stubGlobal(
      "Uint8Array",
      new Proxy(Real, {
        construct(target, given, as) {
          if (given[0] instanceof Real && given.length === 1 && refused++ === 0)
            throw new RangeError("Array buffer allocation failed");
          return Reflect.construct(target, given, as) as object;
        },
      }),
    );
    try {
      await expectImage(pixels);
    } finally {
      vi.unstubAllGlobals();
    }
    pool.close();
  });

  it("are done in the calling thread where it fails, for want of memory or of a decoder", async () => {
    const pool = poolOf(1, () => madeWorker(({ id }, { reply }) => reply({ id, failed: true })));
    await expectImage(await pixelsBy(pool));
    pool.close();
  });
});

describe("a worker that never answers", () => {
  it("frees the read that is aborted, and no longer keeps the process alive", async () => {
    const workers: MadeWorker[] = [];
    const pool = poolOf(1, () => {
      const worker = madeWorker(() => {});
      workers.push(worker);
      return worker;
    });
    const stop = new AbortController();
    const reason = new Error("enough");
    const pixels = await pixelsBy(pool);
    const reading = createReader(countingSource(file)).run(sectionOf(pixels), { signal: stop.signal });
    await vi.waitUntil(() => workers[0]?.jobs.length === 1);
    expect(workers[0]!.held).toBe(true);
    stop.abort(reason);
    await expect(reading).rejects.toBe(reason);
    expect(workers[0]!.held).toBe(false);
    pool.close();
    expect(workers[0]!.terminated).toBe(true);
  });

  it("is ended when nobody has waited for it for a while, and another one does what comes next", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    const workers: MadeWorker[] = [];
    const pool = poolOf(1, () => {
      const hangs = workers.length === 0;
      const worker = madeWorker((job, ends) => hangs || void answer(job, ends));
      workers.push(worker);
      return worker;
    });
    const stop = new AbortController();
    const pixels = await pixelsBy(pool);
    const reading = createReader(countingSource(file)).run(sectionOf(pixels), { signal: stop.signal });
    await vi.waitUntil(() => workers[0]?.jobs.length === 1);
    stop.abort();
    await expect(reading).rejects.toThrow();
    vi.advanceTimersByTime(20_000);
    expect(workers[0]!.terminated).toBe(true);
    await expectImage(await pixelsBy(pool));
    expect(workers.length).toBe(2);
    pool.close();
  });
});

describe("a worker that never says that it is ready", () => {
  it("is given up after a while: all is decoded in the calling thread then", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    const workers: MadeWorker[] = [];
    const pool = poolOf(2, () => {
      const worker = madeWorker(
        () => {},
        () => {},
      );
      workers.push(worker);
      return worker;
    });
    const reading = expectNoise(await pixelsBy(pool, manyJobs));
    await vi.waitUntil(() => workers.length > 0);
    vi.advanceTimersByTime(20_000);
    await reading;
    expect(workers.every(({ terminated }) => terminated)).toBe(true);
    const started = workers.length;
    await expectImage(await pixelsBy(pool));
    expect(workers.length).toBe(started);
    pool.close();
  });

  it("frees the read that is aborted before that", async () => {
    const pool = poolOf(1, () =>
      madeWorker(
        () => {},
        () => {},
      ),
    );
    const stop = new AbortController();
    const reason = new Error("enough");
    const pixels = await pixelsBy(pool);
    const reading = createReader(countingSource(file)).run(sectionOf(pixels), { signal: stop.signal });
    await new Promise((resolve) => setTimeout(resolve, 5));
    stop.abort(reason);
    await expect(reading).rejects.toBe(reason);
    pool.close();
  });
});
