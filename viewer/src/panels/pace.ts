/** Calls that come too often, held back. */

/** A function that calls `run` at most once in `ms` milliseconds: at once, and after the last call again. */
export function paced(run: () => void, ms: number): { (): void; cancel(): void } {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let isCalled = false;
  const call = (): void => {
    if (timer !== undefined) {
      isCalled = true;
      return;
    }
    run();
    timer = setTimeout(() => {
      timer = undefined;
      if (!isCalled) return;
      isCalled = false;
      call();
    }, ms);
  };
  return Object.assign(call, { cancel: () => clearTimeout(timer) });
}
