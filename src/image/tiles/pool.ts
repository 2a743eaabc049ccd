/**
 * Workers that decode tiles beside the calling thread: started when a job is large enough, ended when no job came
 * for a while. The calling thread does the jobs that no worker is free for, and all jobs where no worker can be had.
 */
import { onAbort } from "../../abort.js";
import { FitsError } from "../../errors.js";
import type { TileWorker, TileWorkers } from "../../platform/types.js";
import type { TileJob } from "./tasks.js";
import type { JobMessage, ReplyMessage } from "./worker.js";

/** Workers shared by the compressed images of a session. */
export interface TilePool {
  /** Whether a read is worth sending to workers that decodes `bytes` bytes of pixels at the speed of RICE. */
  wants(bytes: number): boolean;
  /**
   * The pixels of a job's tiles, one after the other as `jobLayout` says, in memory that may be larger.
   * `undefined` when `here` has been called instead, which does the job in this thread: while workers are busy or
   * starting, where there are none after all, and where the worker that had the job is lost or has failed. The job's
   * bytes are borrowed, and copied for a worker. Rejects with what `here` throws, and with the reason of `signal`.
   */
  decode(job: TileJob, here: () => void, signal?: AbortSignal): Promise<ArrayBuffer | undefined>;
  /** Gives memory that `decode` answered with back, for other jobs: fresh memory costs as much as decoding. */
  recycle(pixels: ArrayBuffer): void;
  /** Ends all workers; jobs under way reject. */
  close(): void;
}

/**
 * Bytes of pixels from which on a read is worth sending to workers. Starting workers, whose code is then compiled once
 * more, takes as long as decoding the first number. Where the calling thread decodes meanwhile, workers also have to
 * make up for the time that they take from it: the second number. Where workers are there already, posting takes as
 * long as decoding the third.
 */
const worthStarting = 16 * 1024 * 1024;
const worthHelp = 128 * 1024 * 1024;
const worthPosting = 1024 * 1024;
/** Jobs that a worker has at once: one in work and one waiting, so that it never idles. */
const jobsEach = 2;
const idleMilliseconds = 10_000;

/** A worker that is not ready after this time is given up: perhaps its script cannot be loaded. */
const startMilliseconds = 10_000;
/** A worker that does not answer for so long after its job was aborted is taken to hang. */
const hungMilliseconds = 10_000;

interface Waiting {
  readonly job: TileJob;
  readonly here: () => void;
  readonly resolve: (pixels: ArrayBuffer | undefined) => void;
  readonly reject: (error: unknown) => void;
  readonly signal: AbortSignal | undefined;
}

interface Member {
  readonly worker: TileWorker;
  ready: boolean;
  /** Runs until the worker is ready. */
  starting?: Timer | undefined;
  /** Runs while the worker has a job that was aborted. */
  overdue?: Timer | undefined;
  readonly jobs: Map<number, Waiting>;
}

type Timer = ReturnType<typeof setTimeout>;

/** One thread that feeds workers keeps no more of them busy. */
const mostWorkers = 8;

/**
 * Workers for compressed images, none of them started yet; close them with their session.
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
  /** Jobs that are this thread's, since a worker failed at them. */
  const returned: Waiting[] = [];
  const spare: ArrayBuffer[] = [];
  let unusable = most < 1;
  let helping = false;
  let nextId = 0;
  let idle: Timer | undefined;

  function grow(): void {
    while (!unusable && members.size < most && queue.length > startingMembers()) startOne();
  }

  /**
   * The calling thread does what workers have failed at, and takes part in the rest where it may: a job at a time, and
   * others have their turn in between.
   */
  function help(): void {
    const takesPart = soon !== undefined || unusable;
    if (helping || returned.length + (takesPart ? queue.length : 0) === 0) return;
    helping = true;
    (soon ?? setTimeout)(() => {
      doHere(returned.shift() ?? (takesPart ? queue.shift() : undefined));
      helping = false;
      help();
    });
  }

  function giveBack(waiting: Waiting | undefined): void {
    if (waiting) returned.push(waiting);
    help();
  }

  function doHere(waiting: Waiting | undefined): void {
    try {
      waiting?.here();
      waiting?.resolve(undefined);
    } catch (error) {
      waiting?.reject(error);
    }
  }

  /** How many workers are starting: each takes a job from the queue when it is ready. */
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
      worker.onEnd(() => lose(member));
      worker.hold?.(true);
      members.add(member);
      member.starting = timer(() => lose(member), startMilliseconds);
    } catch {
      giveUp();
    }
  }

  /** No worker can be had: this thread does all jobs that wait. */
  function giveUp(): void {
    unusable = true;
    help();
  }

  function receive(member: Member, message: ReplyMessage): void {
    if ("ready" in message) {
      member.ready = true;
      clearTimeout(member.starting);
    } else {
      const waiting = member.jobs.get(message.id);
      member.jobs.delete(message.id);
      clearTimeout(member.overdue);
      member.overdue = undefined;
      if ("pixels" in message) waiting?.resolve(message.pixels);
      // A worker may have less memory than this thread, or lack a decoder: only a failure of this thread counts.
      else giveBack(waiting);
    }
    assign();
  }

  /** A worker has died, for want of memory perhaps, or hangs: this thread does the worker's jobs, once. */
  function lose(member: Member): void {
    if (!members.delete(member)) return;
    stopTimers(member);
    member.worker.terminate();
    if (!member.ready) giveUp();
    for (const waiting of member.jobs.values()) giveBack(waiting);
    member.jobs.clear();
    grow();
    help();
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
    rest();
  }

  /** Lets workers rest whose jobs no read waits for. */
  function rest(): void {
    for (const member of members) {
      const jobs = [...member.jobs.values()];
      member.worker.hold?.(!member.ready || jobs.some(isWanted));
      if (!jobs.every(isWanted)) member.overdue ??= timer(() => lose(member), hungMilliseconds);
    }
    restartIdle();
  }

  /** Posts a copy of the job; where that fails, for want of memory perhaps, this thread does the job. */
  function send(member: Member, waiting: Waiting): void {
    const id = nextId++;
    try {
      const room = spare.pop();
      const { coding, tasks: borrowed } = waiting.job;
      const tasks = { ...borrowed, numbers: borrowed.numbers.slice() };
      const bytes = new Uint8Array(waiting.job.bytes);
      const message: JobMessage = { id, coding, tasks, bytes, room };
      const transfer = [bytes.buffer, tasks.numbers.buffer];
      member.worker.post(message, room ? [...transfer, room] : transfer);
      member.jobs.set(id, waiting);
    } catch {
      giveBack(waiting);
    }
  }

  function restartIdle(): void {
    clearTimeout(idle);
    if (members.size === 0 || queue.length > 0 || [...members].some(({ jobs }) => jobs.size > 0)) return;
    idle = timer(end, idleMilliseconds);
  }

  function end(): void {
    clearTimeout(idle);
    for (const member of members) {
      stopTimers(member);
      member.worker.terminate();
    }
    members.clear();
    spare.length = 0;
  }

  return {
    wants: (bytes) =>
      !unusable && bytes >= (members.size > 0 ? worthPosting : soon ? worthHelp : worthStarting),
    async decode(job, here, signal) {
      signal?.throwIfAborted();
      if (unusable) {
        here();
        return undefined;
      }
      return new Promise((resolve, reject) => {
        const forget = onAbort(signal, () => {
          // A job under way goes on, for nobody.
          for (const list of [queue, returned])
            if (list.includes(waiting)) list.splice(list.indexOf(waiting), 1);
          rest();
          reject(signal?.reason);
        });
        const waiting: Waiting = {
          job,
          signal,
          here: () => signal?.aborted || here(),
          resolve: (pixels) => {
            forget();
            resolve(pixels);
          },
          reject: (error) => {
            forget();
            reject(error);
          },
        };
        queue.push(waiting);
        grow();
        assign();
        help();
      });
    },
    recycle(pixels) {
      if (spare.length < most * jobsEach && members.size > 0) spare.push(pixels);
    },
    close() {
      const reason = new FitsError("CLOSED", "the session was closed while tiles were being decoded");
      for (const { reject } of [...queue.splice(0), ...returned.splice(0)]) reject(reason);
      for (const { jobs } of members) for (const { reject } of jobs.values()) reject(reason);
      unusable = true;
      end();
    },
  };
}

function isWanted({ signal }: Waiting): boolean {
  return !signal?.aborted;
}

function stopTimers({ starting, overdue }: Member): void {
  clearTimeout(starting);
  clearTimeout(overdue);
}

/** In Node a timer keeps the process alive, unless told not to. */
function timer(call: () => void, milliseconds: number): Timer {
  const made = setTimeout(call, milliseconds);
  (made as { unref?: () => void }).unref?.();
  return made;
}
