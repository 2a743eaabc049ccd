/** The toolbar: which HDU, how values become colors, how large, and where to go. */
import { colormaps, stretches } from "fitslice/picture";
import { html, type TemplateResult } from "lit";
import type { ViewState } from "../state.js";
import { zoomText } from "./camera.js";
import { icon, paths } from "./icons.js";
import type { Stage } from "./stage.js";

export interface ToolbarContext {
  readonly stage: Stage;
  readonly hdus: readonly { readonly index: number; readonly text: string }[];
  /** Goes to what people write; answers with what is wrong. */
  goTo(text: string): void;
  toggleHelp(): void;
}

/** Color maps that are offered, those first that keep to even steps of brightness. */
const offered: readonly string[] = ["gray", "viridis", "magma", "inferno", "plasma", "cividis"];
const rules: readonly string[] = ["zscale", "minmax", "99.9%", "99.5%", "99%", "95%", "90%"];

/** What the rules of limits are called where a limit was written or moved. */
const byHand = "by hand";

const words: Readonly<Record<string, string>> = { minmax: "min\u2013max", histogram: "hist. eq." };

interface Choice {
  readonly value: string;
  readonly text: string;
}

function choices(names: readonly string[], chosen: string): Choice[] {
  const all = names.includes(chosen) ? names : [...names, chosen];
  return all.map((value) => ({ value, text: words[value] ?? value }));
}

function select(
  label: string,
  options: readonly Choice[],
  chosen: string,
  isDisabled: boolean,
  change: (value: string) => void,
): TemplateResult {
  return html`<select
    aria-label=${label}
    title=${label}
    ?disabled=${isDisabled}
    .value=${chosen}
    @change=${(event: Event) => change((event.currentTarget as HTMLSelectElement).value)}
  >
    ${options.map(
      ({ value, text }) =>
        html`<option value=${value} ?selected=${value === chosen} .selected=${value === chosen}>${text}</option>`,
    )}
  </select>`;
}

export function toolbarTemplate({ stage, hdus, goTo, toggleHelp }: ToolbarContext): TemplateResult {
  const { model } = stage;
  const { state } = model;
  const isOff = model.image === undefined;
  const set = (patch: Partial<Omit<ViewState, "hdu">>): void => model.update(patch);
  const isManual = state.vmin !== undefined || state.vmax !== undefined;
  const limits = isManual ? byHand : String(state.limits);
  const maps = [...offered, ...colormaps.filter((name) => !offered.includes(name) && !name.endsWith("_r"))];
  return html`<div class="tools" role="group" aria-label="View">
    <div class="group hdu-group">
      ${select(
        "HDU",
        hdus.map(({ index, text }) => ({ value: String(index), text })),
        String(state.hdu ?? ""),
        hdus.length === 0,
        (value) => void model.select(Number(value)),
      )}
    </div>
    <div class="group look">
      ${select("Stretch", choices(stretches, state.stretch), state.stretch, isOff, (stretch) =>
        set({ stretch: stretch as ViewState["stretch"] }),
      )}
      ${select("Limits", choices(rules, limits), limits, isOff, (rule) => {
        if (rule !== byHand) set({ limits: rule as ViewState["limits"], vmin: undefined, vmax: undefined });
      })}
      ${select("Color map", choices(maps, state.colormap), state.colormap, isOff, (colormap) => set({ colormap }))}
      <button
        class="square"
        title="Invert the color map (i)"
        aria-label="Invert the color map"
        aria-pressed=${state.invert}
        ?disabled=${isOff}
        @click=${() => set({ invert: !state.invert })}
      >
        <svg class="icon" viewBox="0 0 16 16" aria-hidden="true">
          <path d="M8 2.5a5.5 5.5 0 1 1 0 11z" fill="currentColor"></path>
          <path d="M8 2.5a5.5 5.5 0 1 0 0 11"></path>
        </svg>
      </button>
    </div>
    <div class="group" role="group" aria-label="Zoom">
      <button class="square" title="Zoom out (-)" aria-label="Zoom out" ?disabled=${isOff} @click=${() => stage.zoomStep(-1)}>
        ${icon(paths.minus)}
      </button>
      <span class="zoom number" title="Pixels of the screen : pixels of the image">${isOff ? "" : zoomText(stage.viewport.zoom)}</span>
      <button class="square" title="Zoom in (+)" aria-label="Zoom in" ?disabled=${isOff} @click=${() => stage.zoomStep(1)}>
        ${icon(paths.plus)}
      </button>
      <button class="square" title="Fit the image (0)" aria-label="Fit the image" aria-pressed=${state.zoom === 0 && !isOff} ?disabled=${isOff} @click=${() => stage.fit()}>
        ${icon(paths.fit)}
      </button>
      <button title="One pixel of the image a pixel of the screen (1)" aria-label="1:1" ?disabled=${isOff} @click=${() => stage.zoomTo(1)}>1:1</button>
    </div>
    <form
      class="goto group"
      role="search"
      @submit=${(event: SubmitEvent) => {
        event.preventDefault();
        const { value } = (event.currentTarget as HTMLFormElement).elements.namedItem(
          "place",
        ) as HTMLInputElement;
        if (value.trim()) goTo(value.trim());
      }}
    >
      <input name="place" type="text" aria-label="Go to a position or pixel" placeholder="Go to: position, name, or pixel 512, 300" autocomplete="off" spellcheck="false" ?disabled=${isOff} />
    </form>
    <button class="square" title="Keys (?)" aria-label="Keys" @click=${toggleHelp}>${icon(paths.keys)}</button>
  </div>`;
}
