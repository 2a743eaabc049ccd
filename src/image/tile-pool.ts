/**
 * Workers that decode tiles beside the calling thread: started when a job is large enough, ended when nothing came for
 * a while. What they do not get to, the calling thread does, where it may; all of it, where no worker can be had.
 */
import { loadTileWorkers } from "#platform";
import { FitsError, type FitsErrorCode } from "../errors.js";
import type { TileJob } from "./tile-tasks.js";

/** A worker as its platform starts it. */
export interface TileWorker {
  post(message: unknown, transfer: readonly ArrayBuffer[]): void;
  /** At most one of each: what it posts, and why it died. */
  onMessage(listen: (message: unknown) => void): void;
  onError(listen: (error: unknown) => void): void;
  /** Whether this worker may keep the process alive: only while it has work. */
  hold?(alive: boolean): void;
  terminate(): void;
}

/** What the main thread sends. */
export interface JobMessage extends TileJob {
  readonly id: number;
  /** Memory to put the pixels in, where it is large enough. */
  readonly room?: ArrayBuffer | undefined;
}

/** What a worker sends: first that it is there, then for each job its pixels or what is wrong. */
export type ReplyMessage =
  | { readonly ready: true }
  | { readonly id: number; readonly pixels: ArrayBuffer }
  | { readonly id: number; readonly error: { readonly code: FitsErrorCode; readonly message: string } };

/** Workers shared by the images of one file. */
export interface TilePool {
  /** Whether a read is worth sending to workers that decodes `bytes` bytes of pixels at the speed of RICE. */
  wants(bytes: number): boolean;
  /**
   * The pixels of a job's tiles, one after the other as `jobLayout` says, in memory that may be larger.
   * `undefined` when `here` has been called instead, which does the job in this thread: while workers are busy or
   * starting, or where there are none after all. The job's bytes are borrowed, and copied for a worker.
   */
  decode(job: TileJob, here: () => Promise<void>): Promise<ArrayBuffer | undefined>;
  /** Gives memory that `decode` answered with back, for other jobs: fresh memory costs as much as decoding. */
  recycle(pixels: ArrayBuffer): void;
  /** Ends all workers; jobs under way reject. */
  close(): void;
}

/** What a pool asks of its platform. */
export interface TileWorkers {
  /** Starts a worker. May throw where there are none. */
  startTileWorker(): TileWorker;
  /** Processors of this machine. */
  processors(): number;
  /**
   * Calls back when all that has come has been looked at: the calling thread may take part in the work then. Absent
   * where it has a page to serve.
   */
  soon?(call: () => void): void;
}

/**
 * Starting workers, whose code is then compiled once more, takes as long as decoding this much; where the calling thread
 * can go on meanwhile, they have to make up for what they take from it. Once there are some, posting takes as long as
 * the last.
 */
const worthStarting = 16 * 1024 * 1024;
const worthHelp = 128 * 1024 * 1024;
const worthPosting = 1024 * 1024;
/** Jobs that a worker has at once: one in work and one waiting, so that it never idles. */
const jobsEach = 2;
const idleMilliseconds = 10_000;

interface Waiting {
  readonly job: TileJob;
  readonly here: () => Promise<void>;
  readonly resolve: (pixels: ArrayBuffer | undefined) => void;
  readonly reject: (error: unknown) => void;
}

interface Member {
  readonly worker: TileWorker;
  ready: boolean;
  readonly jobs: Map<number, Waiting>;
}

/** Workers for the compressed images of one file, none of them started yet; close them with the file. */
export async function openTilePool(workers?: number): Promise<TilePool> {
  return tilePool(await loadTileWorkers(), workers);
}

/** More than this many are not kept busy by one thread that feeds them. */
const mostWorkers = 8;

/**
 * A pool without workers yet.
 *
 * @param workers most workers to start; never more than leave a processor to the calling thread where that takes part.
 * Default: one for each processor, at most 8; none on a machine with one
 */
export function tilePool(platform: TileWorkers, workers?: number): TilePool {
  const { soon } = platform;
  const processors = platform.processors();
  const wanted = workers ?? (processors > 1 ? Math.min(processors, mostWorkers) : 0);
  const most = soon ? Math.min(wanted, Math.max(1, processors - 1)) : wanted;
  const members = new Set<Member>();
  const queue: Waiting[] = [];
  const spare: ArrayBuffer[] = [];
  let unusable = most < 1;
  let helping = false;
  let nextId = 0;
  let idle: ReturnType<typeof setTimeout> | undefined;

  function grow(): void {
    while (!unusable && members.size < most && queue.length > startingMembers()) startOne();
  }

  /** The calling thread takes what the workers have no room for, a job at a time, looking after them in between. */
  function help(): void {
    if (!soon || helping || queue.length === 0) return;
    helping = true;
    soon(async () => {
      await doHere(queue.shift());
      helping = false;
      help();
    });
  }

  function doHere(waiting: Waiting | undefined): Promise<void> | undefined {
    return waiting?.here().then(() => waiting.resolve(undefined), waiting.reject);
  }

  /** Those that will take from the queue as soon as they are there. */
  function startingMembers(): number {
    let count = 0;
    for (const { ready } of members) if (!ready) count++;
    return count;
  }

  function startOne(): void {
    try {
      const worker = platform.startTileWorker();
      const member: Member = { worker, ready: false, jobs: new Map() };
      worker.onMessage((message) => receive(member, message as ReplyMessage));
      worker.onError((error) => lose(member, error));
      worker.hold?.(true);
      members.add(member);
    } catch {
      giveUp();
    }
  }

  /** No worker can be had: everything that waits goes back to whoever asked. */
  function giveUp(): void {
    unusable = true;
    for (const waiting of queue.splice(0)) doHere(waiting);
  }

  function receive(member: Member, message: ReplyMessage): void {
    if ("ready" in message) member.ready = true;
    else {
      const waiting = member.jobs.get(message.id);
      member.jobs.delete(message.id);
      if (waiting && "pixels" in message) waiting.resolve(message.pixels);
      else if (waiting && "error" in message)
        waiting.reject(new FitsError(message.error.code, message.error.message));
    }
    assign();
  }

  function lose(member: Member, cause: unknown): void {
    members.delete(member);
    member.worker.terminate();
    const error = new FitsError(
      "BAD_DATA",
      "the worker that decoded the tile died, for want of memory perhaps",
      { cause },
    );
    for (const { reject } of member.jobs.values()) reject(error);
    if (!member.ready) giveUp();
    else grow();
  }

  function assign(): void {
    for (let load = 0; load < jobsEach; load++) {
      for (const member of members) {
        if (!member.ready || member.jobs.size !== load) continue;
        const waiting = queue.shift();
        if (!waiting) break;
        send(member, waiting);
      }
    }
    for (const member of members) member.worker.hold?.(member.jobs.size > 0 || !member.ready);
    restartIdle();
  }

  function send(member: Member, waiting: Waiting): void {
    const room = spare.pop();
    const { coding, tasks: borrowed } = waiting.job;
    const tasks = { ...borrowed, numbers: borrowed.numbers.slice() };
    const bytes = new Uint8Array(waiting.job.bytes);
    const message: JobMessage = { id: nextId++, coding, tasks, bytes, room };
    member.jobs.set(message.id, waiting);
    const transfer = [bytes.buffer, tasks.numbers.buffer];
    member.worker.post(message, room ? [...transfer, room] : transfer);
  }

  function restartIdle(): void {
    clearTimeout(idle);
    if (members.size === 0 || queue.length > 0 || [...members].some(({ jobs }) => jobs.size > 0)) return;
    idle = setTimeout(() => end(), idleMilliseconds);
    // In Node a timer keeps the process alive, unless told not to.
    (idle as { unref?: () => void }).unref?.();
  }

  function end(): void {
    clearTimeout(idle);
    for (const { worker } of members) worker.terminate();
    members.clear();
    spare.length = 0;
  }

  return {
    wants: (bytes) =>
      !unusable && bytes >= (members.size > 0 ? worthPosting : soon ? worthHelp : worthStarting),
    async decode(job, here) {
      if (unusable) {
        await here();
        return undefined;
      }
      return new Promise((resolve, reject) => {
        queue.push({ job, here, resolve, reject });
        grow();
        assign();
        help();
      });
    },
    recycle(pixels) {
      if (spare.length < most * jobsEach && members.size > 0) spare.push(pixels);
    },
    close() {
      const closed = new FitsError("BAD_ARGUMENT", "the file was closed while its tiles were being decoded");
      for (const { reject } of queue.splice(0)) reject(closed);
      for (const { jobs } of members) for (const { reject } of jobs.values()) reject(closed);
      unusable = true;
      end();
    },
  };
}
