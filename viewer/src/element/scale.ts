/** The scale below the picture: the colors in use, the values that they stand for, and the limits, which can be written. */

import { colormapColors, type Stretch } from "fitslice/picture";
import { html, svg, type TemplateResult } from "lit";
import { guard } from "lit/directives/guard.js";
import { ref } from "lit/directives/ref.js";
import { digitsWithin, valueText } from "../text.js";
import { icon, paths } from "./icons.js";
import { unitOf } from "./place-readout.js";
import type { Stage } from "./stage.js";

/** Places between the limits, 0 to 1, whose brightness is `b`, with the default parameters of fitslice/picture. */
const placeOf: Readonly<Record<Exclude<Stretch, "histogram">, (b: number) => number>> = {
  linear: (b) => b,
  sqrt: (b) => b * b,
  power: Math.sqrt,
  log: (b) => Math.expm1(b * Math.log1p(1000)) / 1000,
  asinh: (b) => 0.1 * Math.sinh(b * Math.asinh(10)),
  sinh: (b) => Math.asinh(b * Math.sinh(3)) / 3,
};

/** Values at equal steps of the scale. */
export function scaleValues(
  stretch: Stretch,
  { vmin, vmax }: { readonly vmin: number; readonly vmax: number },
  steps: number,
  sample: () => Float64Array,
): number[] {
  const shares = Array.from({ length: steps + 1 }, (_, i) => i / steps);
  if (stretch !== "histogram") return shares.map((b) => vmin + placeOf[stretch](b) * (vmax - vmin));
  const within = sample()
    .filter((value) => value >= vmin && value <= vmax)
    .sort();
  if (within.length === 0) return shares.map((b) => vmin + b * (vmax - vmin));
  return shares.map((b) => within[Math.round(b * (within.length - 1))]!);
}

/** Texts of values with as many digits as it takes to tell them from each other. */
export function distinctTexts(values: readonly number[]): string[] {
  for (let digits = 3; digits < 12; digits++) {
    const texts = values.map((value) => valueText(value, digits));
    if (new Set(texts).size === new Set(values).size) return texts;
  }
  return values.map(String);
}

/** Draws 256 colors from left to right. */
function paint(canvas: HTMLCanvasElement, colormap: string, invert: boolean): void {
  const colors = colormapColors(invert ? `${colormap}_r` : colormap);
  canvas.width = 256;
  canvas.height = 1;
  const context = canvas.getContext("2d");
  if (!context) return;
  const pixels = context.createImageData(256, 1);
  for (let i = 0; i < 256; i++)
    pixels.data.set([colors[3 * i]!, colors[3 * i + 1]!, colors[3 * i + 2]!, 255], 4 * i);
  context.putImageData(pixels, 0, 0);
}

/** The scale of the image that is shown, made anew when something of it has changed. */
export function guardedScale(stage: Stage): unknown {
  const { model, screen, size } = stage;
  const { stretch, colormap, invert, vmin, vmax } = model.state;
  const { limits } = screen;
  const parts = [
    stretch,
    colormap,
    invert,
    vmin,
    vmax,
    limits.vmin,
    limits.vmax,
    stepsFor(size[0]),
    model.image,
  ];
  return guard(parts, () => scaleTemplate(stage));
}

/** CSS pixels of a character below the colors. */
const tickCharacter = 6.5;

/** CSS pixels that the colors have, beside the fields and the unit. */
function colorsWidth(width: number): number {
  return width - (width > 440 ? 300 : 184);
}

/** How many steps there is room for. */
function stepsFor(width: number): number {
  return width > 640 ? 6 : width > 420 ? 4 : 2;
}

function scaleTemplate(stage: Stage): TemplateResult {
  const { model, screen } = stage;
  const { state } = model;
  const limits = screen.limits;
  const isKnown = Number.isFinite(limits.vmin) && Number.isFinite(limits.vmax);
  const digits = digitsWithin(limits.vmin, limits.vmax, 5);
  const steps = stepsFor(stage.size[0]);
  const texts = isKnown
    ? distinctTexts(scaleValues(state.stretch, limits, steps, () => screen.sample(10_000)))
    : [];
  const longest = Math.max(...texts.map(({ length }) => length));
  const every = Math.ceil((longest * tickCharacter + 10) / (colorsWidth(stage.size[0]) / steps));
  const ticks = texts.flatMap((text, i) =>
    i > 0 && i < steps && i % every === 0 && limits.vmax > limits.vmin
      ? [[(i / steps) * 100, text] as const]
      : [],
  );
  const field = (name: "vmin" | "vmax", label: string): TemplateResult => html`<input
    class="number"
    type="text"
    inputmode="decimal"
    aria-label=${label}
    title="${label}; empty: as the rule finds it"
    .value=${isKnown ? valueText(limits[name], digits) : ""}
    @change=${(event: Event) => {
      const input = event.currentTarget as HTMLInputElement;
      const value = input.value.trim() === "" ? undefined : Number(input.value);
      if (value === undefined || Number.isFinite(value)) model.update({ [name]: value });
      else input.value = valueText(limits[name], digits);
    }}
  />`;
  const isManual = state.vmin !== undefined || state.vmax !== undefined;
  const unit = unitOf(stage);
  return html`<div class="scale" role="group" aria-label="Color scale">
    ${field("vmin", "Value of the first color")}
    <div class="colors">
      <canvas
        role="img"
        aria-label="Colors from ${valueText(limits.vmin, digits)} to ${valueText(limits.vmax, digits)} ${unit}"
        ${ref((element) => {
          if (element) paint(element as HTMLCanvasElement, state.colormap, state.invert);
        })}
      ></canvas>
      <svg aria-hidden="true">
        ${ticks.map(
          ([percent, text]) =>
            svg`<line x1="${percent}%" x2="${percent}%" y1="0" y2="4"></line><text x="${percent}%" y="14">${text}</text>`,
        )}
      </svg>
    </div>
    ${field("vmax", "Value of the last color")}
    <span class="group">
      <span class="unit quiet" title=${unit}>${unit}</span>
      <button
        class="square"
        title="Limits by the rule again"
        aria-label="Limits by the rule again"
        ?hidden=${!isManual}
        @click=${() => model.update({ vmin: undefined, vmax: undefined })}
      >
        ${icon(paths.reset)}
      </button>
    </span>
  </div>`;
}
