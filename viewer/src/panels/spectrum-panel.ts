/** The spectrum of a pixel: its values along another axis of the cube, live where that is cheap. */
import { type CSSResultGroup, css, html, type TemplateResult } from "lit";
import { isLine } from "../parts.js";
import { imageWcs } from "../sky/image-wcs.js";
import { digitsFor, digitsWithin, valueText } from "../text.js";
import type { PicturePlace } from "../viewer.types.js";
import { Ask, type Price, priceOf, priceText } from "./ask.js";
import { chartHeight, extentOf, frameTemplate, linearScale, type Scale, spans } from "./chart.js";
import { chartStyles } from "./chart-styles.js";
import { download } from "./download.js";
import { Panel } from "./panel.js";
import {
  axisValues,
  curvePath,
  spectralAxes,
  spectrumCsv,
  spectrumSelection,
  spokenAxis,
} from "./spectrum.js";

/** Milliseconds for which the pointer rests on a pixel before its spectrum is read. */
const restTime = 100;
/** What a spectrum may cost at most to be read wherever the pointer rests. */
const live = { bytes: 8e6, requests: 64 };
/** Longer spectra are no spectra. */
const mostPixels = 1 << 20;

interface Spectrum {
  readonly x: number;
  readonly y: number;
  readonly label: string;
  /** Of the coordinates along the axis. */
  readonly unit: string;
  readonly along: Float64Array;
  readonly values: Float64Array;
}

export class SpectrumPanel extends Panel {
  static override styles: CSSResultGroup = [
    Panel.styles,
    chartStyles,
    css`
      .chart svg {
        cursor: pointer;
      }
      .chart .plane {
        stroke: var(--mark);
        stroke-width: 1.5;
        stroke-opacity: 0.8;
      }
    `,
  ];

  readonly #ask = new Ask(() => this.requestUpdate());
  /** Index of the shape. */
  #axis: number | undefined;
  #spectrum: Spectrum | undefined;
  #error = "";
  /** The price of a spectrum that is read only when asked for. */
  #price: Price | undefined;
  #isReading = false;
  #reading = new AbortController();
  #rest: ReturnType<typeof setTimeout> | undefined;
  #key = "";

  override connectedCallback(): void {
    super.connectedCallback();
    this.whileOpen(
      this.viewer.on("place", (place) => {
        if (this.#isLine) this.requestUpdate();
        else this.#follow(place);
      }),
    );
    this.whileOpen(this.viewer.on("click", (place) => void this.#read(place, true)));
    this.whileOpen(
      this.model.on("image", () => {
        // Another plane of the same cube has the same spectrum.
        const spectrum = this.#spectrum;
        this.#key = "";
        if (!spectrum || !this.#isSame()) this.#forget();
        this.#readLine();
      }),
    );
    const sizes = new ResizeObserver(() => this.requestUpdate());
    sizes.observe(this);
    this.whileOpen(() => sizes.disconnect());
    this.whileOpen(() => {
      clearTimeout(this.#rest);
      this.#reading.abort();
    });
    this.#follow(this.viewer.place);
    this.#readLine();
  }

  override render(): TemplateResult {
    const { image } = this.model;
    const axes = spectralAxes(image?.shape ?? []);
    if (!image) return html`<p class="pad quiet">No picture is shown</p>`;
    if (axes.length === 0)
      return html`<p class="pad quiet">This image has one plane: no axis to go along</p>`;
    const spectrum = this.#spectrum;
    return html`<div class="scroll">
      <div class="controls">
        ${
          axes.length > 1
            ? html`<select aria-label="Axis of the spectrum" @change=${(event: Event) => this.#choose(Number((event.currentTarget as HTMLSelectElement).value))}>
                ${axes.map((axis) => html`<option value=${axis} .selected=${axis === this.#along}>${this.#axisName(axis)}</option>`)}
              </select>`
            : ""
        }
        ${spectrum && !this.#isLine ? html`<span class="number">Pixel ${spectrum.x + 1}, ${spectrum.y + 1}</span>` : ""}
        <button
          class="plain-border"
          ?disabled=${!spectrum}
          @click=${() => spectrum && download([spectrumCsv(spectrum.label, this.#unit, spectrum.along, spectrum.values)], `spectrum-${spectrum.x + 1}-${spectrum.y + 1}.csv`, "text/csv")}
        >
          Save CSV
        </button>
        <span class="quiet" role="status">${this.#isReading ? "Reading \u2026" : ""}</span>
      </div>
      ${this.#ask.template()}
      ${this.#error ? html`<p class="pad wrong" role="alert">${this.#error}</p>` : ""}
      ${spectrum ? this.#chartTemplate(spectrum) : html`<p class="pad quiet">Point at the picture, or move the crosshair with the arrow keys</p>`}
      ${this.#price ? html`<p class="pad quiet">A spectrum here moves ${priceText(this.#price)}: click the picture for one</p>` : ""}
    </div>`;
  }

  get #along(): number | undefined {
    const axes = spectralAxes(this.model.image?.shape ?? []);
    return this.#axis !== undefined && axes.includes(this.#axis) ? this.#axis : axes.at(-1);
  }

  get #isLine(): boolean {
    return isLine(this.model.image?.shape ?? []);
  }

  /** Where the picture is along the spectrum: its plane; of a line of pixels the pixel that is pointed at. */
  #place({ values, x }: Spectrum): number {
    if (!this.#isLine) return this.model.state.plane[this.#along!] ?? 0;
    return Math.min(values.length - 1, Math.max(0, Math.round(this.viewer.place?.x ?? x)));
  }

  /** All pixels of a line are one spectrum, wherever the pointer is. */
  #readLine(): void {
    if (this.#isLine) void this.#read({ x: 0, y: 0 }, false);
  }

  get #unit(): string {
    const unit = this.model.image?.header.get("BUNIT");
    return typeof unit === "string" ? unit.trim() : "";
  }

  /** The cube of the spectrum that is shown: HDU, and the planes of the other axes. */
  #of = "";

  #cube(): string {
    const { image, state } = this.model;
    const axis = this.#along;
    return JSON.stringify([image?.index, axis, state.plane.map((index, i) => (i === axis ? 0 : index))]);
  }

  #isSame(): boolean {
    return this.#of === this.#cube();
  }

  #axisName(axis: number): string {
    const { image } = this.model;
    const number = image!.shape.length - axis;
    const type = String(image!.header.get(`CTYPE${number}`) ?? "").trim();
    return type.replace(/-.*$/, "") || `Axis ${number}`;
  }

  #choose(axis: number): void {
    this.#axis = axis;
    const spectrum = this.#spectrum;
    this.#forget();
    if (spectrum) void this.#read(spectrum, true);
  }

  #forget(): void {
    this.#reading.abort();
    this.#spectrum = undefined;
    this.#price = undefined;
    this.#error = "";
    this.#key = "";
    this.requestUpdate();
  }

  #follow(place: PicturePlace | undefined): void {
    clearTimeout(this.#rest);
    if (place) this.#rest = setTimeout(() => void this.#read(place, false), restTime);
  }

  /** Reads the spectrum of a place; where that costs more than a little, only when it was asked for. */
  async #read(place: { readonly x: number; readonly y: number }, isAsked: boolean): Promise<void> {
    const { fits, image, state } = this.model;
    const axis = this.#along;
    if (!fits || !image || axis === undefined || image.shape[axis]! > mostPixels) return;
    const [x, y] = [Math.round(place.x), Math.round(place.y)];
    const [columns, rows = 1] = image.shape.slice(-2).reverse() as [number, number?];
    if (x < 0 || y < 0 || x >= columns || y >= rows) return;
    const key = `${this.#cube()} ${x} ${y}`;
    if (key === this.#key && !isAsked) return;
    this.#key = key;
    this.#reading.abort();
    const { signal } = (this.#reading = new AbortController());
    this.#price = undefined;
    this.#error = "";
    const selection = spectrumSelection(image.shape, state.plane, axis, x, y);
    try {
      const plan = image.plan(selection);
      const price = await priceOf(fits, [plan]);
      if (signal.aborted) return;
      if (!isAsked && (price.bytes > live.bytes || price.requests > live.requests)) this.#price = price;
      else if (await this.#ask.allows("This spectrum moves", fits, [plan], signal)) {
        this.#isReading = true;
        this.requestUpdate();
        const [{ data }, wcs] = await Promise.all([
          image.section(selection, { signal }),
          imageWcs(this.model, image),
        ]);
        if (signal.aborted) return;
        const coordinates = axisValues(wcs, image.shape, state.plane, axis, x, y);
        const spoken = coordinates && spokenAxis(coordinates);
        const pixels = Float64Array.from({ length: data.length }, (_, i) => i + 1);
        this.#of = this.#cube();
        this.#spectrum = {
          x,
          y,
          label: spoken?.label ?? `${this.#axisName(axis)} (pixel)`,
          unit: spoken?.unit ?? "",
          along: spoken?.values ?? pixels,
          values: Float64Array.from(data as ArrayLike<number | bigint>, Number),
        };
      }
    } catch (error) {
      if (!signal.aborted) this.#error = (error as Error).message;
    } finally {
      if (!signal.aborted) {
        this.#isReading = false;
        this.requestUpdate();
      }
    }
  }

  #chartTemplate(spectrum: Spectrum): TemplateResult {
    const { along, values, label } = spectrum;
    const [width, height] = [Math.max(240, this.clientWidth - 8), chartHeight(this)];
    const span = spans(width, height);
    const x = linearScale(extentOf(along, 0.01) ?? [0, 1], span.x, width / 90);
    const extent = extentOf(values);
    const y = linearScale(extent ?? [0, 1], span.y, 5);
    const plane = this.#place(spectrum);
    const at = x.toPlace(along[plane]!);
    const value = values[plane];
    const step = (along[along.length - 1]! - along[0]!) / Math.max(1, along.length - 1);
    const coordinate = valueText(along[plane]!, Math.max(3, digitsFor(along[plane]!, step)));
    return html`<div class="chart">
        <svg
          viewBox="0 0 ${width} ${height}"
          height=${height}
          role="img"
          aria-label="Spectrum${this.#isLine ? "" : ` of pixel ${spectrum.x + 1}, ${spectrum.y + 1}`}: ${values.length} values${extent ? ` from ${valueText(Math.min(...extremes(values)), 4)} to ${valueText(Math.max(...extremes(values)), 4)}` : ", none of them a number"}"
          @click=${(event: MouseEvent) => this.#showPlane(event, x, along, width)}
        >
          <path class="curve" d=${curvePath(along, values, x.toPlace, y.toPlace)}></path>
          <line class="plane" x1=${at} x2=${at} y1=${span.y[1]} y2=${span.y[0]}></line>
          ${frameTemplate({ width, height, x, y, xLabel: label, yLabel: this.#unit })}
        </svg>
      </div>
      <p class="pad number">
        <span class="quiet">${this.#isLine ? "Pixel" : "Plane"} ${plane + 1}:</span> ${coordinate} ${spectrum.unit}<span class="quiet">, value</span>
        ${value === undefined ? "" : valueText(value, extent ? digitsWithin(...extent, 5) : 5)} ${this.#unit}
      </p>`;
  }

  /** A click on the plot shows the plane, or the pixel, that lies there. */
  #showPlane(event: MouseEvent, x: Scale, along: Float64Array, width: number): void {
    const box = (event.currentTarget as SVGSVGElement).getBoundingClientRect();
    const value = x.toValue(((event.clientX - box.left) / box.width) * width);
    const axis = this.#along!;
    const nearest = along.reduce(
      (best, each, i) => (Math.abs(each - value) < Math.abs(along[best]! - value) ? i : best),
      0,
    );
    if (this.#isLine) this.viewer.goTo(nearest, 0);
    else
      this.model.update({ plane: this.model.state.plane.map((index, i) => (i === axis ? nearest : index)) });
  }
}

/** The least and the greatest finite value. */
function extremes(values: Float64Array): readonly [number, number] {
  return extentOf(values, 0) ?? [Number.NaN, Number.NaN];
}
