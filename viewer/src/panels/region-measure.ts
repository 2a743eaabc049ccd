/** The part of the panel about the region that is selected: statistics, cutouts, the command line. */
import { html, type TemplateResult } from "lit";
import {
  type Cut,
  type CutFormat,
  type CutLook,
  cutBytes,
  cutCommand,
  cutFormats,
  cutName,
  type SourceWords,
  sourceWords,
} from "../regions/cutout.js";
import type { RegionList } from "../regions/region-list.js";
import {
  boxIn,
  mostPixels,
  type RegionStatistics,
  regionStatistics,
  selectionOf,
} from "../regions/statistics.js";
import { digitsFor, valueText } from "../text.js";
import type { Viewer } from "../viewer.types.js";
import { Ask } from "./ask.js";
import { download } from "./download.js";

/** Milliseconds for which a region stays as it is before it is measured. */
const restTime = 250;

const types: Readonly<Record<CutFormat, string>> = {
  fits: "application/fits",
  png: "image/png",
  npy: "application/octet-stream",
};

type Result =
  | { readonly kind: "waiting" | "none" | "left" }
  | { readonly kind: "wrong"; readonly message: string }
  | { readonly kind: "known"; readonly statistics: RegionStatistics };

export class RegionMeasure {
  readonly #viewer: Viewer;
  readonly #list: RegionList;
  readonly #draw: () => void;
  readonly #ends: (() => void)[];
  #result: Result = { kind: "none" };
  #key = "";
  #reading = new AbortController();
  #rest: ReturnType<typeof setTimeout> | undefined;
  #format: CutFormat = "fits";
  #said = "";
  readonly #ask: Ask;

  constructor(viewer: Viewer, list: RegionList, draw: () => void) {
    this.#viewer = viewer;
    this.#list = list;
    this.#draw = draw;
    this.#ask = new Ask(draw);
    this.#ends = [
      list.on("change", () => this.#follow()),
      viewer.model.on("image", () => this.#follow()),
      viewer.screen.on("limits", draw),
    ];
    this.#follow();
  }

  close(): void {
    clearTimeout(this.#rest);
    this.#reading.abort();
    for (const end of this.#ends) end();
  }

  template(): TemplateResult | undefined {
    const shape = this.#list.current?.shape;
    const index = this.#list.selected;
    if (!shape || index === undefined) return undefined;
    return html`<section aria-labelledby="measure">
        <h3 id="measure">Region ${index + 1}</h3>
        ${this.#ask.template()} ${this.#statisticsTemplate()}
      </section>
      ${this.#cutTemplate()}`;
  }

  /** Measures the selected region once it rests. */
  #follow(): void {
    const { model } = this.#viewer;
    const { current, selected } = this.#list;
    const key = JSON.stringify([selected, current?.shape, model.state.hdu, model.state.plane]);
    if (key === this.#key) return;
    this.#key = key;
    this.#reading.abort();
    this.#reading = new AbortController();
    this.#said = "";
    clearTimeout(this.#rest);
    this.#result = { kind: current?.shape ? "waiting" : "none" };
    if (current?.shape) this.#rest = setTimeout(() => void this.#measure(), restTime);
  }

  async #measure(): Promise<void> {
    const { fits, image, state } = this.#viewer.model;
    const shape = this.#list.current?.shape;
    if (!fits || !image || !shape) return;
    const { signal } = this.#reading;
    const set = (result: Result): void => {
      if (signal.aborted) return;
      this.#result = result;
      this.#draw();
    };
    try {
      const box = boxIn(image, shape, mostPixels);
      const plan = image.plan(selectionOf(image, state.plane, box));
      if (!(await this.#ask.allows("Statistics", fits, [plan], signal))) return set({ kind: "left" });
      set({ kind: "waiting" });
      set({ kind: "known", statistics: await regionStatistics(image, state.plane, shape, { signal }) });
    } catch (error) {
      set({ kind: "wrong", message: (error as Error).message });
    }
  }

  #statisticsTemplate(): TemplateResult {
    const result = this.#result;
    switch (result.kind) {
      case "left":
        return html`<div><button class="plain-border" @click=${() => void this.#measure()}>Measure</button></div>`;
      case "wrong":
        return html`<p class="wrong" role="alert">${result.message}</p>`;
      case "known":
        return statisticsList(result.statistics);
      default:
        return this.#ask.isAsking ? html`` : html`<p class="quiet">Reading …</p>`;
    }
  }

  get #cut(): Cut | undefined {
    const { image, state } = this.#viewer.model;
    const shape = this.#list.current?.shape;
    if (!image || !shape) return undefined;
    try {
      return { image, plane: state.plane, box: boxIn(image, shape) };
    } catch {
      return undefined;
    }
  }

  get #look(): CutLook {
    const { stretch, colormap, invert } = this.#viewer.model.state;
    return { stretch, colormap, invert, ...this.#viewer.screen.limits };
  }

  get #source(): SourceWords {
    return sourceWords(this.#viewer.model.input, document.baseURI);
  }

  #cutTemplate(): TemplateResult | undefined {
    const cut = this.#cut;
    if (!cut) return undefined;
    const { x0, y0, x1, y1 } = cut.box;
    const { text, note } = this.#source;
    const command = cutCommand(text, cut, this.#format, this.#look);
    return html`<section aria-labelledby="cutout">
      <h3 id="cutout">Cutout <span class="quiet number">${x1 - x0} × ${y1 - y0} px</span></h3>
      <div class="controls flush">
        <select
          aria-label="Format of the cutout"
          @change=${(event: Event) => {
            this.#format = (event.currentTarget as HTMLSelectElement).value as CutFormat;
            this.#draw();
          }}
        >
          ${cutFormats.map((format) => html`<option value=${format} .selected=${format === this.#format}>${format === "npy" ? ".npy" : format.toUpperCase()}</option>`)}
        </select>
        <button class="plain-border" @click=${() => void this.#save()}>Save</button>
        <button class="plain-border end" @click=${() => void this.#copy(command)}>Copy the command</button>
      </div>
      <code>${command}</code>
      ${note ? html`<p class="quiet">${note}</p>` : undefined}
      <p class="quiet" role="status">${this.#said}</p>
    </section>`;
  }

  async #save(): Promise<void> {
    const { fits } = this.#viewer.model;
    const cut = this.#cut;
    if (!fits || !cut) return;
    const { signal } = this.#reading;
    const format = this.#format;
    try {
      const plan = cut.image.plan(selectionOf(cut.image, cut.plane, cut.box));
      if (!(await this.#ask.allows("Cutout", fits, [plan], signal))) return;
      this.#say("Reading …");
      const name = cutName(this.#source.text, cut, format);
      download(await cutBytes(fits, cut, format, this.#look, signal), name, types[format]);
      this.#say(`Saved ${name}`);
    } catch (error) {
      if (!signal.aborted) this.#say((error as Error).message);
    }
  }

  async #copy(command: string): Promise<void> {
    try {
      await navigator.clipboard.writeText(command);
      this.#say("Copied");
    } catch {
      this.#say("The browser does not let this page write to the clipboard");
    }
  }

  #say(text: string): void {
    this.#said = text;
    this.#draw();
  }
}

function statisticsList({
  count,
  other,
  sum,
  mean,
  median,
  std,
  min,
  max,
}: RegionStatistics): TemplateResult {
  const rows: readonly (readonly [string, number | bigint])[] = [
    ["Pixels", count],
    ["Sum", sum],
    ["Mean", mean],
    ["Median", median],
    ["Std", std],
    ["Min", min],
    ["Max", max],
    ["No value", other],
  ];
  const digits = Math.max(8, digitsFor(mean, std / 1000));
  return html`<dl>
    ${rows.map(([name, value]) => html`<dt>${name}</dt><dd class="number">${valueText(value, digits)}</dd>`)}
  </dl>`;
}
