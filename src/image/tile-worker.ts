/**
 * The work of a tile worker, whatever the platform: jobs in, pixels out.
 */
import { allocate, bytesPerElement, viewAs } from "../array.js";
import type { TileData } from "../codec/codec.js";
import { FitsError } from "../errors.js";
import { decodeTiles, loadDecoders } from "./tile-decode.js";
import type { JobMessage, ReplyMessage } from "./tile-pool.js";
import { columnsOf, field, jobLayout, type TileJob } from "./tile-tasks.js";

/** Decodes one job, into `room` if that is large enough. */
export async function doJob(job: TileJob, room?: ArrayBuffer): Promise<ArrayBuffer> {
  const { coding, tasks, bytes } = job;
  const decoders = await loadDecoders(coding, columnsOf(tasks));
  const { starts, bytes: total } = jobLayout(job);
  // A little more, so that jobs of about this size fit into it later.
  const memory = room && room.byteLength >= total ? room : allocate("uint8", total + (total >> 3)).buffer;
  const size = bytesPerElement(coding.dtype);
  const pixelsOf = (i: number): number => tasks.numbers[i * tasks.width + field.pixels]!;
  const roomOf = (i: number): TileData =>
    viewAs(new Uint8Array(memory, starts[i]!, pixelsOf(i) * size), coding.dtype);
  await decodeTiles(coding, tasks, bytes, decoders, {
    room: roomOf,
    take(i, data, start) {
      if (data.buffer === memory) return;
      const to = roomOf(i);
      to.set(data.subarray(start, start + to.length) as never);
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
