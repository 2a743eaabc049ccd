/** Events of plain objects: what the model and the viewer tell those who listen. */

/** Tells listeners of `Events`: names, and what comes with each. */
export class Emitter<Events> {
  readonly #listeners = new Map<keyof Events, Set<(news: never) => void>>();

  /** Calls `listener` at each event; answers with a function that ends that. */
  on<K extends keyof Events>(event: K, listener: (news: Events[K]) => void): () => void {
    let listeners = this.#listeners.get(event);
    if (!listeners) this.#listeners.set(event, (listeners = new Set()));
    listeners.add(listener);
    return () => void listeners.delete(listener);
  }

  emit<K extends keyof Events>(event: K, news: Events[K]): void {
    for (const listener of [...(this.#listeners.get(event) ?? [])])
      (listener as (news: Events[K]) => void)(news);
  }
}
