/** Work in slices, so that the page stays alive: a picture drawn, a key heard, between two of them. */

/** Milliseconds of work at a time. */
const slice = 8;

/** Answers, while a slice lasts, with undefined; then with a promise of the next one. */
export function slices(): () => Promise<void> | undefined {
  let until = performance.now() + slice;
  return () => {
    if (performance.now() < until) return undefined;
    return nextTurn().then(() => {
      until = performance.now() + slice;
    });
  };
}

/** Settles when the events that wait already, such as a key or an answer of a server, have been handled. */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(undefined);
  });
}
