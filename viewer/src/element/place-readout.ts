/** What is said of the place under the pointer: its pixel, its value, and the lines of the readouts. */
import { Emitter } from "../events.js";
import type { Reading } from "../screen/screen.types.js";
import { digitsWithin, valueText } from "../text.js";
import type { Readout, ReadoutLine, Viewer } from "../viewer.types.js";
import { readouts } from "./layers.js";

export class PlaceReadout extends Emitter<{ change: undefined }> {
  readonly #viewer: Viewer;
  readonly #made = new Map<string, Readout | undefined>();
  readonly #lines = new Map<string, readonly ReadoutLine[]>();
  readonly #ends: (() => void)[];
  #asking = new AbortController();

  constructor(viewer: Viewer) {
    super();
    this.#viewer = viewer;
    const reread = (): void => this.reread();
    this.#ends = [
      viewer.on("place", reread),
      viewer.model.on("image", reread),
      viewer.model.on("state", (names) => {
        if (names.includes("frame")) this.reread();
      }),
    ];
  }

  /** The 0-based pixel that the place is in; undefined outside the image. */
  get pixel(): readonly [x: number, y: number] | undefined {
    const { place, model } = this.#viewer;
    if (!place || !model.image) return undefined;
    const [x, y] = [Math.round(place.x), Math.round(place.y)];
    const [height, width] =
      model.image.shape.length > 1 ? model.image.shape.slice(-2) : [1, model.image.shape[0]];
    return x >= 0 && y >= 0 && x < width! && y < height! ? [x, y] : undefined;
  }

  get reading(): Reading | undefined {
    const { pixel } = this;
    return pixel && this.#viewer.screen.valueAt(...pixel);
  }

  /** The value in words, with its unit: with the digits of float32, or as many as tell the values of the picture apart. */
  get value(): string {
    const { reading } = this;
    if (!reading) return "";
    const unit = unitOf(this.#viewer);
    const { vmin, vmax } = this.#viewer.screen.limits;
    return `${reading.exact ? "" : "\u2248 "}${valueText(reading.value, digitsWithin(vmin, vmax, 7))}${unit ? ` ${unit}` : ""}`;
  }

  /** FITS pixel, from 1: `x 12 y 7`, where the image is shown large with a fraction. */
  get pixelText(): string {
    const { place, viewport } = this.#viewer;
    if (!place || !this.pixel) return "";
    const digits = viewport.zoom >= 8 ? 1 : 0;
    return `${(place.x + 1).toFixed(digits)}, ${(place.y + 1).toFixed(digits)}`;
  }

  get lines(): readonly ReadoutLine[] {
    return readouts.flatMap(({ id }) => this.#lines.get(id) ?? []);
  }

  /** All of it as one line of text: what is copied, and what screen readers say. */
  get text(): string {
    const { pixel } = this;
    if (!pixel) return "";
    const parts = [`pixel ${pixel[0] + 1}, ${pixel[1] + 1}`, this.value];
    for (const { label, text } of this.lines) parts.push(`${label} ${text}`);
    return parts.filter(Boolean).join("; ");
  }

  reread(): void {
    this.#asking.abort();
    const { signal } = (this.#asking = new AbortController());
    const { place } = this.#viewer;
    for (const entry of readouts) {
      if (!this.pixel || !place || !entry.wanted(this.#viewer)) this.#lines.delete(entry.id);
      else void this.#ask(entry, place.x, place.y, signal);
    }
    this.emit("change", undefined);
  }

  close(): void {
    this.#asking.abort();
    for (const end of this.#ends) end();
    for (const readout of this.#made.values()) readout?.close?.();
  }

  async #ask(entry: (typeof readouts)[number], x: number, y: number, signal: AbortSignal): Promise<void> {
    try {
      const readout = await this.#readoutOf(entry);
      const lines = readout ? await readout.lines(x, y, signal) : [];
      if (signal.aborted) return;
      this.#lines.set(entry.id, lines);
      this.emit("change", undefined);
    } catch (error) {
      if (!signal.aborted) this.#viewer.model.emit("error", error as Error);
    }
  }

  /** Made once. Undefined while it is being loaded: then the place is asked for again. */
  async #readoutOf({ id, load }: (typeof readouts)[number]): Promise<Readout | undefined> {
    if (this.#made.has(id)) return this.#made.get(id);
    this.#made.set(id, undefined);
    const make = await load();
    this.#made.set(id, make(this.#viewer));
    this.reread();
    return undefined;
  }
}

/** BUNIT, as the header writes it. */
export function unitOf({ model }: Viewer): string {
  const unit = model.image?.header.get("BUNIT");
  return typeof unit === "string" ? unit.trim() : "";
}
