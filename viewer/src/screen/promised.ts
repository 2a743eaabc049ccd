/** A promise to be kept later. */

export interface Promised {
  readonly promise: Promise<void>;
  resolve(): void;
}

export function promised(): Promised {
  let resolve = (): void => {};
  const promise = new Promise<void>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}
