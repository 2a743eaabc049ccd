/** Sliders for the axes of a cube before the last two, with what their planes stand for, and play. */
import { html, type TemplateResult } from "lit";
import type { ViewerModel } from "../model.js";
import { spokenUnit } from "../sky/spoken-unit.js";
import { stokesName } from "../sky/world-text.js";
import { valueText } from "../text.js";
import { icon, paths } from "./icons.js";
import type { Stage } from "./stage.js";

/** Milliseconds that a plane is shown at least while a cube plays. */
const playTime = 160;

export interface PlaneAxis {
  /** Which index of the state's plane. */
  readonly index: number;
  readonly length: number;
  /** CTYPE without its algorithm, or the number of the axis. */
  readonly name: string;
  /** What a plane stands for, in words; empty where the header does not say. */
  worldText(plane: number): string;
}

/** The axes of the image before the last two, slowest first. */
export function planeAxes({ image }: ViewerModel): PlaneAxis[] {
  if (!image) return [];
  const { header, shape } = image;
  return shape.slice(0, -2).map((length, index) => {
    const axis = shape.length - index;
    const text = (keyword: string): string => String(header.get(`${keyword}${axis}`) ?? "").trim();
    const number = (keyword: string, otherwise: number): number => {
      const value = header.get(`${keyword}${axis}`);
      return typeof value === "number" || typeof value === "bigint" ? Number(value) : otherwise;
    };
    const type = text("CTYPE");
    // Where there is a CD matrix, CDELT does not count (FITS Standard 4.0, 8.1.2).
    const hasMatrix = header.has("CD1_1") || header.has("CD1_2");
    const step = number(`CD${axis}_`, hasMatrix ? 1 : number("CDELT", 1));
    const isLinear = header.has(`CRVAL${axis}`) && !/-(LOG|TAB|F2W|V2F|GRI|GRA|W2F)/.test(type);
    const worldOf = (plane: number): number => number("CRVAL", 0) + (plane + 1 - number("CRPIX", 0)) * step;
    return {
      index,
      length,
      name: type.replace(/-.*$/, "") || `Axis ${axis}`,
      worldText: (plane) => {
        if (!isLinear) return "";
        const world = worldOf(plane);
        const parameter = type === "STOKES" ? stokesName(world) : undefined;
        if (parameter) return parameter;
        const most = Math.max(Math.abs(worldOf(0)), Math.abs(worldOf(length - 1)));
        const [unit, size] = spokenUnit(text("CUNIT"), most);
        // As many digits as tell a plane from the next one.
        const digits = Math.ceil(Math.log10(most / Math.abs(step))) + 2;
        return `${valueText(world / size, Math.min(12, Math.max(4, digits || 4)))} ${unit}`.trim();
      },
    };
  });
}

/** Shows another plane, without `index` along the last axis that has several; beyond the last plane comes the first. */
export function stepPlane(
  model: ViewerModel,
  by: number,
  index: number = model.image?.shape.slice(0, -2).findLastIndex((length) => length > 1) ?? -1,
): void {
  const { image } = model;
  const { plane } = model.state;
  if (!image || plane[index] === undefined) return;
  const length = image.shape[index]!;
  const next = (plane[index]! + by + length) % length;
  model.update({ plane: plane.map((value, i) => (i === index ? next : value)) });
}

/** Plays an axis: the next plane comes when this one is drawn, and was shown for a moment. */
export class Player {
  /** The index of the axis that plays. */
  playing: number | undefined;
  readonly #stage: Stage;
  readonly #changed: () => void;
  #turn = 0;

  constructor(stage: Stage, changed: () => void) {
    this.#stage = stage;
    this.#changed = changed;
  }

  toggle(index: number): void {
    this.playing = this.playing === index ? undefined : index;
    this.#turn++;
    this.#changed();
    if (this.playing !== undefined) void this.#play(this.#turn);
  }

  stop(): void {
    this.playing = undefined;
    this.#turn++;
  }

  async #play(turn: number): Promise<void> {
    const { model, screen } = this.#stage;
    while (turn === this.#turn && this.playing !== undefined && model.image) {
      const isDrawn = new Promise<void>((resolve) => {
        const end = screen.on("firstlight", () => {
          end();
          resolve();
        });
        // A plane that is held may be drawn before; one that fails is passed over.
        void screen.idle.then(() => {
          end();
          resolve();
        });
      });
      await Promise.all([isDrawn, new Promise((resolve) => setTimeout(resolve, playTime))]);
      if (turn === this.#turn) stepPlane(model, 1, this.playing);
    }
  }
}

export function planesTemplate({ model }: Stage, player: Player): TemplateResult | undefined {
  // Of an axis of one plane the readout says the coordinate.
  const axes = planeAxes(model).filter(({ length }) => length > 1);
  if (axes.length === 0) return undefined;
  return html`<div class="planes" role="group" aria-label="Planes">
    ${axes.map(({ index, length, name, worldText }) => {
      const plane = model.state.plane[index] ?? 0;
      const isPlaying = player.playing === index;
      const words = worldText(plane);
      return html`<div class="plane">
        <button
          class="square"
          aria-label="${isPlaying ? "Stop" : "Play"} ${name}"
          aria-pressed=${isPlaying}
          @click=${() => player.toggle(index)}
        >
          ${icon(isPlaying ? paths.pause : paths.play)}
        </button>
        <span title=${name}>${name}</span>
        <input
          type="range"
          min="1"
          max=${length}
          step="1"
          .value=${String(plane + 1)}
          aria-label="Plane of ${name}"
          aria-valuetext="${plane + 1} of ${length}${words ? `, ${words}` : ""}"
          @input=${(event: Event) => {
            const to = Number((event.currentTarget as HTMLInputElement).value) - 1;
            model.update({ plane: model.state.plane.map((value, i) => (i === index ? to : value)) });
          }}
        />
        <span class="number">${words ? html`${words} <span class="quiet">\u00b7</span> ` : ""}${plane + 1}<span class="quiet">/${length}</span></span>
      </div>`;
    })}
  </div>`;
}
