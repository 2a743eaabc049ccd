/**
 * Work on many things, so many at a time.
 */

/** A piece of work, not begun. */
export type Job<T> = () => Promise<T>;

/**
 * The results of jobs as they come, `atOnce` jobs at a time. No more jobs are taken from `jobs` than can begin. The first
 * failure ends all.
 */
export async function* jobsDone<T>(
  jobs: AsyncIterator<Job<T>, undefined>,
  atOnce: number,
): AsyncGenerator<T, undefined> {
  const done: T[] = [];
  let failure: { readonly cause: unknown } | undefined;
  let running = 0;
  let taking = false;
  let left = true;
  let wake = (): void => {};
  const fail = (cause: unknown): void => {
    failure ??= { cause };
  };

  async function take(): Promise<void> {
    const next = await jobs.next();
    taking = false;
    if (next.done) left = false;
    else run(next.value);
  }
  function run(job: Job<T>): void {
    running++;
    job()
      .then((result) => done.push(result), fail)
      .finally(() => {
        running--;
        wake();
      });
  }
  try {
    while (left || running > 0 || done.length > 0) {
      if (failure) throw failure.cause;
      // What was done and nobody has taken counts, so that results do not pile up.
      if (left && !taking && running + done.length < atOnce) {
        taking = true;
        take()
          .catch(fail)
          .finally(() => wake());
      }
      const result = done.shift();
      if (result !== undefined) yield result;
      else
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
    }
  } finally {
    // The iterator is not waited for: a listing may hang, and its signal is to end it.
    void jobs.return?.()?.catch(() => undefined);
  }
}
