/**
 * What the queue asks of whatever it lies on.
 */
import type { BackendFactory, IQueueBackend, Queue } from "bullmq";
import { Failure } from "../failure.js";

/** Names of a queue and of what it holds. */
export type JobKeys = Pick<Queue, "name" | "toKey">;

/** A connection, with a way of saying which one without its password. */
export interface Connected {
  readonly shown: string;
  /** What the classes of BullMQ are made with. */
  readonly connection: unknown;
  readonly backend: BackendFactory<IQueueBackend, unknown>;
  /**
   * Puts `to` in the place of a job's data, both as JSON, where these are still `from`; resolves to whether they were. BullMQ has no such
   * change: the last of two who write at the same time wins there.
   */
  swapData(queue: JobKeys, id: string, from: string, to: string): Promise<boolean>;
  close(): Promise<void>;
}

/** A package that is loaded when it is used; `install` brings it. */
export async function installed<T>(loading: Promise<T>, install: string): Promise<T> {
  try {
    return await loading;
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "ERR_MODULE_NOT_FOUND")
      throw new Failure(1, `a queue there needs two optional packages: ${install}`, { cause });
    throw cause;
  }
}

const firstAnswer = 5000;

/** Waits for the first answer, and no longer than that. Throws `Failure` with the reason. */
export async function inTime(asking: Promise<unknown>, shown: string, last: () => string): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new Failure(1, `the queue ${shown} cannot be reached: ${last()}`)),
      firstAnswer,
    );
  });
  try {
    await Promise.race([asking, late]);
  } catch (error) {
    if (error instanceof Failure) throw error;
    const { message, code = "" } = error as NodeJS.ErrnoException;
    throw new Failure(1, `the queue ${shown} refuses: ${message || code}`, { cause: error });
  } finally {
    clearTimeout(timer);
  }
}
