/**
 * What the parts of a viewer share: the open file, the image that is shown, and the state of the view. Plain data and
 * events; no part of it draws.
 */
import {
  createProfile,
  type Fits,
  FitsError,
  type Hdu,
  type HduLayout,
  type HduSelector,
  type ImageHdu,
  type OpenOptions,
  open,
  openSession,
  type Profile,
  type RequestEvent,
  type Session,
  type SourceInput,
} from "fitslice";
import { Emitter } from "./events.js";
import type { FoundLevels } from "./overview.js";
import { middleOf, partsOfAny, partsOfImage, planeMissing, uncrossed } from "./parts.js";
import type { SkyPoints } from "./points.js";
import { checkState, firstState, soundParts, type ViewState, type WantedState } from "./state.js";

export interface ModelEvents {
  /** Another file, or none: `fits` has changed. */
  file: undefined;
  /** Another HDU or plane is shown: `hdu`, `image` or the state's plane has changed. */
  image: undefined;
  /** Something of the state has changed; the names say which. */
  state: readonly (keyof ViewState)[];
  /** `overview` has changed. */
  overview: undefined;
  /** `busy` has changed. */
  busy: undefined;
  /** More HDUs were found: `hdus` has grown. */
  hdus: undefined;
  request: RequestEvent;
  /** `points` has changed. */
  points: undefined;
  /** What went wrong, beside the picture: one line that says what, where, what to do. */
  error: Error;
}

/** Most bytes, read or decoded, that a file keeps. A user who pans over rows of tiles comes back to the same tiles. */
const cacheBytes = 128e6;

export class ViewerModel extends Emitter<ModelEvents> {
  fits: Fits | undefined;
  /** What was given to `open`. */
  input: SourceInput | undefined;
  /** The HDU that the state names. */
  hdu: Hdu | undefined;
  /** The same, where it is an image with pixels. */
  image: ImageHdu | undefined;
  /** Levels of the image, from the file beside, as far as they are found; some large images have such a file. */
  overview: FoundLevels | undefined;
  /** Settles when all of the overview is found, or none is there. */
  beside: Promise<void> = Promise.resolve();
  state: ViewState = firstState;
  /** What is being opened, in words. */
  busy: string | undefined;
  profile: Profile;
  /** When the first request of the profile was sent; undefined where none has ended. */
  startedAt: Date | undefined;
  /** What has moved since the file was opened. */
  moved: { readonly bytes: number; readonly requests: number } = { bytes: 0, requests: 0 };
  /** Positions that are drawn over the picture. */
  points: readonly SkyPoints[] = [];
  readonly session: Session;
  #opening = new AbortController();
  #selecting = new AbortController();
  #looking = new AbortController();
  #finding: Promise<void> | undefined;

  constructor() {
    super();
    this.session = openSession({ cacheBytes });
    this.profile = this.#newProfile();
  }

  /**
   * Opens a file in place of the one before, and shows the HDU that is wanted, or the first image with pixels. What the
   * file does not have of the view is told as an error; the rest is shown.
   */
  async open(input: SourceInput, wanted: WantedState = {}, options: OpenOptions = {}): Promise<void> {
    this.close();
    const began = performance.now();
    const { signal } = (this.#opening = new AbortController());
    this.profile = this.#newProfile();
    this.input = input;
    this.#setBusy(`Opening ${nameOf(input)}`);
    // Loaded while the header is on its way.
    if (isAddress(input)) void import("./overview.js").catch(() => {});
    const wrong: string[] = [];
    const view = soundParts(wanted, wrong);
    try {
      const fits = await open(input, {
        cacheBytes,
        ...options,
        session: this.session,
        profile: this.profile,
        signal,
      });
      if (signal.aborted) return void fits.close();
      this.fits = fits;
      this.emit("file", undefined);
      let missing: unknown;
      const named =
        view.hdu === undefined
          ? undefined
          : await fits.hdu(view.hdu, { signal }).catch((error) => void (missing = error));
      const hdu = named ?? (await firstShown(fits, signal));
      if (signal.aborted) return;
      this.#lookBeside(hdu);
      await this.#overviewOrTimeout(openingsWaited * (performance.now() - began));
      if (signal.aborted) return;
      this.#show(hdu, missing ? partsOfAny(view) : view);
      if (missing) this.emit("error", missing as Error);
      this.#tellWrong(wrong);
    } catch (error) {
      if (!signal.aborted) this.emit("error", error as Error);
    } finally {
      if (!signal.aborted) this.#setBusy(undefined);
    }
  }

  /** Shows another HDU; the last one that was asked for. Of tables and others `image` is undefined. */
  async select(hdu: HduSelector, wanted: WantedState = {}): Promise<void> {
    const { fits } = this;
    if (!fits) return;
    this.#selecting.abort();
    this.#selecting = new AbortController();
    const signal = AbortSignal.any([this.#opening.signal, this.#selecting.signal]);
    this.#setBusy(`Reading the header of HDU ${String(hdu)}`);
    const wrong: string[] = [];
    const view = soundParts(wanted, wrong);
    try {
      const found = await fits.hdu(hdu, { signal });
      if (signal.aborted) return;
      this.#lookBeside(found);
      this.#show(found, view);
      this.#tellWrong(wrong);
    } catch (error) {
      if (signal.aborted) return;
      if (this.hdu) this.update(defined(partsOfAny(view)));
      this.emit("error", error as Error);
    } finally {
      if (!signal.aborted) this.#setBusy(undefined);
    }
  }

  /** Shows a view of the open file: what the file does not have is told as an error, the rest is shown. */
  restore(wanted: WantedState): void {
    const { hdu, ...rest } = wanted;
    if (hdu !== undefined && hdu !== this.state.hdu) return void this.select(hdu, rest);
    const wrong: string[] = [];
    this.update(partsOfImage(this.image, soundParts(rest, wrong), wrong));
    this.#tellWrong(wrong);
  }

  /** Settles when nothing is being opened. */
  get free(): Promise<void> {
    return new Promise((resolve) => {
      const look = (): void => {
        if (this.busy !== undefined) return;
        end();
        resolve();
      };
      const end = this.on("busy", look);
      look();
    });
  }

  /** The HDUs that are known, in order. */
  get hdus(): readonly HduLayout[] {
    return this.fits?.known ?? [];
  }

  /** Reads the headers up to the end of the file, so that `hdus` has all. */
  findHdus(): Promise<void> {
    this.#finding ??= this.#find(this.#opening.signal);
    return this.#finding;
  }

  /** Changes the state, and tells who listens. A limit that crosses the other one leaves that to the rule. Throws BAD_ARGUMENT. */
  update(given: Partial<Omit<ViewState, "hdu">>): void {
    const fits = given.zoom === 0 && !given.center && this.image;
    const patch = {
      ...given,
      ...(fits && { center: middleOf(fits) }),
      ...uncrossed(this.state, given),
    };
    const changed = (Object.keys(patch) as (keyof typeof patch)[]).filter(
      (key) => !isSame(patch[key], this.state[key]),
    );
    if (changed.length === 0) return;
    checkState(patch);
    const noPlane = patch.plane && planeMissing(this.image, patch.plane);
    if (noPlane) throw new FitsError("BAD_SELECTION", noPlane);
    this.state = { ...this.state, ...patch };
    this.emit("state", changed);
    if (changed.includes("plane")) this.emit("image", undefined);
  }

  /** Draws these positions in place of those of the same name; without positions, no longer. */
  setPoints(name: string, points: SkyPoints | undefined): void {
    const others = this.points.filter((set) => set.name !== name);
    this.points = points ? [...others, points] : others;
    this.emit("points", undefined);
  }

  /** Closes the file. The model can open another one. */
  close(): void {
    this.#opening.abort();
    this.#selecting.abort();
    void this.fits?.close();
    this.#finding = undefined;
    this.fits = undefined;
    this.input = undefined;
    this.hdu = undefined;
    this.image = undefined;
    this.#looking.abort();
    this.overview = undefined;
    this.state = firstState;
    if (this.points.length > 0) {
      this.points = [];
      this.emit("points", undefined);
    }
    this.#setBusy(undefined);
    this.emit("file", undefined);
  }

  /** Closes the file and the session. Final. */
  async end(): Promise<void> {
    this.close();
    await this.session.close();
  }

  async #find(signal: AbortSignal): Promise<void> {
    try {
      await this.fits?.layouts({ signal });
      if (!signal.aborted) this.emit("hdus", undefined);
    } catch (error) {
      if (!signal.aborted) this.emit("error", error as Error);
    }
  }

  /** Looks for the overview of a large image beside the file. Levels that are found late are used from then on. */
  #lookBeside(hdu: Hdu): void {
    this.#looking.abort();
    this.overview = undefined;
    this.beside = Promise.resolve();
    const { fits, input } = this;
    if (!fits || !isAddress(input) || !isLarge(hdu)) return;
    this.#looking = new AbortController();
    this.beside = this.#look(fits, hdu, String(input), this.#looking.signal);
  }

  /**
   * Settles when a level of the overview is found, when there is no overview, or after `patience` milliseconds. Rows that are read
   * earlier would cost more bytes than the overview.
   */
  #overviewOrTimeout(patience: number): Promise<void> {
    return new Promise((resolve) => {
      const settle = (): void => {
        clearTimeout(timer);
        end();
        resolve();
      };
      const timer = setTimeout(settle, patience);
      const end = this.on("overview", settle);
      void this.beside.then(settle);
    });
  }

  async #look(fits: Fits, image: ImageHdu, address: string, signal: AbortSignal): Promise<void> {
    const tell = (overview: FoundLevels | undefined): void => {
      if (signal.aborted || overview === this.overview) return;
      this.overview = overview;
      this.emit("overview", undefined);
    };
    try {
      const { lookBeside } = await import("./overview.js");
      const options = { session: this.session, profile: this.profile, signal };
      const found = await lookBeside(fits, image, address, tell, options);
      if (!found) return tell(undefined);
      if (signal.aborted) await found.close();
      else signal.addEventListener("abort", () => void found.close());
    } catch (error) {
      tell(undefined);
      if (!signal.aborted) this.emit("error", error as Error);
    }
  }

  #show(hdu: Hdu, wanted: WantedState): void {
    const { state: before, image: shown } = this;
    this.hdu = hdu;
    this.image = hdu.kind === "image" && hdu.shape.length > 0 && !hdu.shape.includes(0) ? hdu : undefined;
    const shape = this.image?.shape ?? [];
    // A picture of the same size stays where it is, so that two HDUs can be compared.
    const stays = shown !== undefined && isSame(shown.shape.slice(-2), shape.slice(-2));
    const middle = { center: this.image ? middleOf(this.image) : ([0, 0] as const), zoom: 0 };
    const first = shape.slice(0, -2).map(() => 0);
    const wrong: string[] = [];
    const parts = partsOfImage(this.image, defined(wanted), wrong);
    const plane = stays && isSame(shown.shape, shape) ? before.plane : first;
    const look = uncrossed(before, parts);
    this.state = { ...before, ...(stays ? {} : middle), plane, ...parts, ...look, hdu: hdu.index };
    this.emit("image", undefined);
    this.emit("state", Object.keys(this.state) as (keyof ViewState)[]);
    this.#tellWrong(wrong);
  }

  #tellWrong(wrong: readonly string[]): void {
    if (wrong.length > 0) this.emit("error", new FitsError("BAD_SELECTION", wrong.join("; ")));
  }

  #setBusy(busy: string | undefined): void {
    if (busy === this.busy) return;
    this.busy = busy;
    this.emit("busy", undefined);
  }

  #newProfile(): Profile {
    this.moved = { bytes: 0, requests: 0 };
    this.startedAt = undefined;
    const profile = createProfile({
      onRequest: (event) => {
        // Of a file that was closed requests may still end.
        if (profile !== this.profile) return;
        this.startedAt ??= new Date(Date.now() - event.end * 1000);
        const { bytes, requests } = this.moved;
        this.moved = { bytes: bytes + event.length, requests: requests + 1 };
        this.emit("request", event);
      },
    });
    return profile;
  }
}

/** The first image that has pixels; of a file without one the first table, or the first HDU. */
async function firstShown(fits: Fits, signal: AbortSignal): Promise<Hdu> {
  for (const kind of ["image", "table"] as const) {
    try {
      return await fits[kind](undefined, { signal });
    } catch (error) {
      if ((error as FitsError).code !== "NO_SUCH_HDU") throw error;
    }
  }
  return fits.hdu(0, { signal });
}

/** The first rows wait for an overview so many times as long as the opening of the file took. Both come over the same link. */
const openingsWaited = 2;

/** Bytes of a plane from which on an overview is looked for: more than a view reads without being asked. */
const largePlane = 24e6;
/** Pixels along the longer side, likewise. Of smaller images a canvas shows finer levels than the finest of an overview, 8 x 8 pixels. */
const largeSide = 5120;

function isLarge(hdu: Hdu): hdu is ImageHdu {
  if (hdu.kind !== "image") return false;
  const sides = hdu.shape.slice(-2);
  const bytes = sides.reduce((count, length) => count * length, Math.abs(hdu.bitpix) / 8);
  return Math.min(bytes, hdu.dataSize) > largePlane && Math.max(...sides) > largeSide;
}

/** Whether others can lie beside it. */
function isAddress(input: SourceInput | undefined): boolean {
  return typeof input === "string" || input instanceof URL;
}

/** The parts of a state that are given, but for the HDU, which has been found. */
function defined({ hdu: _, ...rest }: WantedState): Partial<ViewState> {
  return Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== undefined));
}

function isSame(a: unknown, b: unknown): boolean {
  if (!Array.isArray(a) || !Array.isArray(b)) return Object.is(a, b);
  return a.length === b.length && a.every((item, i) => Object.is(item, b[i]));
}

/** What a user calls an input: the last part of its address, or its name. */
export function nameOf(input: SourceInput): string {
  if (typeof input === "string" || input instanceof URL) {
    const [path] = String(input).split(/[?#]/);
    const last = path!.slice(path!.lastIndexOf("/") + 1);
    try {
      return decodeURIComponent(last) || path!;
    } catch {
      return last;
    }
  }
  return typeof File !== "undefined" && input instanceof File ? input.name : "a file";
}
