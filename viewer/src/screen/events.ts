/** Listeners of the screen's events, and a promise to be kept later. */
import type { Screen, ScreenEvents } from "./screen.types.js";

export interface Emitter {
  readonly on: Screen["on"];
  emit<K extends keyof ScreenEvents>(event: K, news: ScreenEvents[K]): void;
}

export function newEmitter(): Emitter {
  const listeners = new Map<keyof ScreenEvents, Set<(news: never) => void>>();
  return {
    on(event, listener) {
      let found = listeners.get(event);
      if (!found) listeners.set(event, (found = new Set()));
      found.add(listener);
      return () => void found.delete(listener);
    },
    emit(event, news) {
      for (const listener of [...(listeners.get(event) ?? [])]) (listener as (of: typeof news) => void)(news);
    },
  };
}

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
