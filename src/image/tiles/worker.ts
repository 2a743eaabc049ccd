/**
 * The work of a tile worker, whatever the platform: jobs in, pixels out.
 */
import { allocate, bytesPerElement, viewAs } from "../../array.js";
import { checkTileBytes, type TileData } from "../../codec/tile.js";
import { type Decoders, decodeTiles, loadDecoders } from "./decode.js";
import { columnsOf, jobLayout, pixelsAt, type TileJob } from "./tasks.js";

/** What the calling thread sends. */
export interface JobMessage extends TileJob {
  readonly id: number;
  /** Memory to put the pixels in, where it is large enough. */
  readonly room?: ArrayBuffer | undefined;
}

/**
 * What a worker sends: first that it is there, then for each job its pixels, or that it failed. The calling thread then does
 * the job again, and finds out why.
 */
export type ReplyMessage =
  | { readonly ready: true }
  | { readonly id: number; readonly pixels: ArrayBuffer }
  | { readonly id: number; readonly failed: true };

/** Decodes one job, into `room` if that is large enough. */
export async function doJob(job: TileJob, room?: ArrayBuffer): Promise<ArrayBuffer> {
  const { coding, tasks, bytes } = job;
  const decoders: Decoders = await loadDecoders(coding, columnsOf(tasks));
  const { starts, pixels } = jobLayout(job);
  const size = bytesPerElement(coding.dtype);
  const total = pixels * size;
  // A tile above the limit is refused here. The calling thread decodes the tile, straight into the result where it can.
  for (let i = 0; i < tasks.count; i++) checkTileBytes(pixelsAt(tasks, i) * size, coding);
  // A little more, so that jobs of about this size fit into it later.
  const memory = room && room.byteLength >= total ? room : allocate("uint8", total + (total >> 3)).buffer;
  const all = viewAs(new Uint8Array(memory, 0, total), coding.dtype);
  const startOf = (i: number): number => (i < tasks.count ? starts[i]! : pixels);
  decodeTiles(coding, tasks, bytes, decoders, {
    room(i) {
      const start = starts[i]!;
      return all.subarray(start, start + pixelsAt(tasks, i)) as TileData;
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
    } catch {
      port.post({ id, failed: true }, []);
    }
  }
}
