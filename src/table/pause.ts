/**
 * Turns of the event loop in long loops: without them a signal, a timer or the user's next click would wait for the end.
 */

/** Milliseconds that a loop may go on for. */
const longest = 50;

/**
 * Makes a function to be awaited in a loop. The function lets the event loop turn where it has not been called for
 * some time, and does nothing else.
 */
export function pauses(): () => Promise<void> {
  let last = performance.now();
  return async () => {
    if (performance.now() - last < longest) return;
    await new Promise<void>((resolve) => {
      setTimeout(resolve, 0);
    });
    last = performance.now();
  };
}
