/**
 * What the parts of a viewer share: the open file, the image that is shown, and the state of the view. Plain data and
 * events; no part of it draws.
 */
import {
  createProfile,
  type Fits,
  type Hdu,
  type ImageHdu,
  type OpenOptions,
  open,
  openSession,
  type Profile,
  type RequestEvent,
  type Session,
  type SourceInput,
} from "fitslice";
import { firstState, type ViewState } from "./state.js";

export interface ModelEvents {
  /** Another file, or none: `fits` has changed. */
  file: undefined;
  /** Another HDU or plane is shown: `image` has changed, or the state's plane. */
  image: undefined;
  /** Something of the state has changed; the names say which. */
  state: readonly (keyof ViewState)[];
  request: RequestEvent;
  /** What went wrong, beside the picture: one line that says what, where, what to do. */
  error: Error;
}

type Listener<K extends keyof ModelEvents> = (news: ModelEvents[K]) => void;

export class ViewerModel {
  fits: Fits | undefined;
  /** The HDU that the state names, where it is an image with at least one axis. */
  image: ImageHdu | undefined;
  state: ViewState = firstState;
  profile: Profile;
  readonly session: Session;
  #opening = new AbortController();
  readonly #listeners = new Map<keyof ModelEvents, Set<Listener<never>>>();

  constructor() {
    this.session = openSession({ cacheBytes: 64e6 });
    this.profile = this.#newProfile();
  }

  /** Calls `listener` at each event; answers with a function that ends that. */
  on<K extends keyof ModelEvents>(event: K, listener: Listener<K>): () => void {
    let listeners = this.#listeners.get(event);
    if (!listeners) this.#listeners.set(event, (listeners = new Set()));
    listeners.add(listener);
    return () => void listeners.delete(listener);
  }

  emit<K extends keyof ModelEvents>(event: K, news: ModelEvents[K]): void {
    for (const listener of [...(this.#listeners.get(event) ?? [])]) (listener as Listener<K>)(news);
  }

  /** Opens a file in place of the one before, and shows the HDU that `state` names, or the first image with pixels. */
  async open(input: SourceInput, state: Partial<ViewState> = {}, options: OpenOptions = {}): Promise<void> {
    this.close();
    const { signal } = (this.#opening = new AbortController());
    this.profile = this.#newProfile();
    try {
      const fits = await open(input, { ...options, session: this.session, profile: this.profile, signal });
      signal.throwIfAborted();
      this.fits = fits;
      this.state = { ...firstState, ...state };
      this.emit("file", undefined);
      if (state.hdu === undefined) this.#show(await fits.image(undefined, { signal }), state);
      else await this.select(state.hdu, state);
    } catch (error) {
      if (!signal.aborted) this.emit("error", error as Error);
    }
  }

  /** Shows another HDU. Tables and others become the state's HDU; `image` is then undefined. */
  async select(hdu: number, state: Partial<ViewState> = {}): Promise<void> {
    const { fits } = this;
    if (!fits) return;
    const { signal } = this.#opening;
    try {
      const found = await fits.hdu(hdu, { signal });
      if (this.fits === fits && !signal.aborted) this.#show(found, state);
    } catch (error) {
      if (!signal.aborted) this.emit("error", error as Error);
    }
  }

  /** Changes the state, and tells who listens. */
  update(patch: Partial<ViewState>): void {
    const changed = (Object.keys(patch) as (keyof ViewState)[]).filter(
      (key) => !Object.is(patch[key], this.state[key]),
    );
    if (changed.length === 0) return;
    this.state = { ...this.state, ...patch };
    this.emit("state", changed);
    if (changed.includes("plane")) this.emit("image", undefined);
  }

  /** Closes the file. The model can open another one. */
  close(): void {
    this.#opening.abort();
    void this.fits?.close();
    this.fits = undefined;
    this.image = undefined;
    this.state = firstState;
    this.emit("file", undefined);
  }

  /** Closes the file and the session. Final. */
  async end(): Promise<void> {
    this.close();
    await this.session.close();
  }

  #show(hdu: Hdu, state: Partial<ViewState>): void {
    const before = this.state;
    this.image = hdu.kind === "image" && hdu.shape.length > 0 ? hdu : undefined;
    const shape = this.image?.shape ?? [];
    const plane = state.plane ?? shape.slice(0, -2).map(() => 0);
    // A picture of the same size stays where it is, so that two HDUs can be compared.
    const stays = before.hdu !== undefined && state.center === undefined;
    const center = state.center ?? [((shape.at(-1) ?? 1) - 1) / 2, ((shape.at(-2) ?? 1) - 1) / 2];
    this.state = {
      ...before,
      ...(stays ? {} : { center: center as readonly [number, number], zoom: 0 }),
      ...state,
      plane,
      hdu: hdu.index,
    };
    this.emit("image", undefined);
    this.emit("state", Object.keys(this.state) as (keyof ViewState)[]);
  }

  #newProfile(): Profile {
    return createProfile({ onRequest: (event) => this.emit("request", event) });
  }
}
