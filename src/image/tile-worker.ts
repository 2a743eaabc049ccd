/**
 * The work of a tile worker, whatever the platform: jobs in, pixels out.
 */
import { allocate, bytesPerElement, viewAs } from "../array.js";
import type { TileData } from "../codec/tile.js";
import { FitsError } from "../errors.js";
import { decodeTiles, loadDecoders } from "./tile-decode.js";
import type { JobMessage, ReplyMessage } from "./tile-pool.js";
import { columnsOf, field, jobLayout, type TileJob } from "./tile-tasks.js";

/** Decodes one job, into `room` if that is large enough. */
export async function doJob(job: TileJob, room?: ArrayBuffer): Promise<ArrayBuffer> {
  const { coding, tasks, bytes } = job;
  const decoders = await loadDecoders(coding, columnsOf(tasks));
  const { starts, pixels } = jobLayout(job);
  const total = pixels * bytesPerElement(coding.dtype);
  // A little more, so that jobs of about this size fit into it later.
  const memory = room && room.byteLength >= total ? room : allocate("uint8", total + (total >> 3)).buffer;
  const all = viewAs(new Uint8Array(memory, 0, total), coding.dtype);
  const startOf = (i: number): number => (i < tasks.count ? starts[i]! : pixels);
  await decodeTiles(coding, tasks, bytes, decoders, {
    room(i) {
      const start = starts[i]!;
      return all.subarray(start, start + tasks.numbers[i * tasks.width + field.pixels]!) as TileData;
    },
    take(first, count, data) {
      if (data.buffer !== memory)
        all.set(data.subarray(0, startOf(first + count) - starts[first]!) as never, starts[first]);
    },
  });
  return memory;
}

/** Answers the jobs that come, in order. `listen` is called once; `post` hands the transferred memory over. */
export function serveTiles(port: {
  listen(receive: (message: unknown) => void): void;
  post(reply: ReplyMessage, transfer: ArrayBuffer[]): void;
}): void {
  port.listen((message) => void answer(message as JobMessage));
  port.post({ ready: true }, []);

  async function answer(job: JobMessage): Promise<void> {
    const { id } = job;
    try {
      const pixels = await doJob(job, job.room);
      port.post({ id, pixels }, [pixels]);
    } catch (error) {
      const code = error instanceof FitsError ? error.code : "TOO_LARGE";
      port.post({ id, error: { code, message: error instanceof Error ? error.message : String(error) } }, []);
    }
  }
}
