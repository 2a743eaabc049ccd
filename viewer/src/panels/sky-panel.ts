/** What of the sky is shown: the frame, grid, compass and scale bar; and the HDU to blink with. */
import { type CSSResultGroup, css, html, type TemplateResult } from "lit";
import type { ModelEvents } from "../model.js";
import { hasSky } from "../sky/has-sky.js";
import { blink, blinkChoices, blinkPartner, setBlinkPartner } from "../sky/match.js";
import { type SkyFrame, skyFrames, type ViewState } from "../state.js";
import { Panel } from "./panel.js";

const frameNames: Readonly<Record<SkyFrame, string>> = {
  header: "As the header says",
  icrs: "ICRS",
  fk5: "FK5 J2000",
  fk4: "FK4 B1950",
  galactic: "Galactic",
  ecliptic: "Ecliptic J2000",
};

const marks: readonly (readonly [key: "grid" | "compass" | "scaleBar", name: string])[] = [
  ["grid", "Coordinate grid (g)"],
  ["compass", "Compass: north and east"],
  ["scaleBar", "Scale bar"],
];

export class SkyPanel extends Panel {
  static override styles: CSSResultGroup = [
    Panel.styles,
    css`
      label {
        display: flex;
        align-items: center;
        gap: 8px;
      }
      .rows {
        display: grid;
        align-content: start;
        gap: 10px;
        padding: 10px 12px;
      }
      label.field {
        display: grid;
        gap: 3px;
      }
      h3 {
        margin: 6px 0 0;
        font-size: 1em;
      }
      p {
        margin: 0;
      }
    `,
  ];

  override get drawnAfter(): readonly (keyof ModelEvents)[] {
    return ["file", "image", "state", "hdus"];
  }

  override connectedCallback(): void {
    super.connectedCallback();
    void this.model.findHdus();
  }

  override render(): TemplateResult {
    const { state, image } = this.model;
    const set = (patch: Partial<Omit<ViewState, "hdu">>): void => this.model.update(patch);
    return html`<div class="scroll rows">
      <label class="field">
        <span class="quiet">Frame of readout, grid and "go to"</span>
        <select
          ?disabled=${!image}
          .value=${state.frame}
          @change=${(event: Event) => set({ frame: (event.currentTarget as HTMLSelectElement).value as SkyFrame })}
        >
          ${skyFrames.map(
            (frame) =>
              html`<option value=${frame} .selected=${frame === state.frame}>${frameNames[frame]}</option>`,
          )}
        </select>
      </label>
      ${marks.map(
        ([key, name]) => html`<label>
          <input
            type="checkbox"
            ?disabled=${!image}
            .checked=${state[key]}
            @change=${(event: Event) => set({ [key]: (event.currentTarget as HTMLInputElement).checked })}
          />
          ${name}
        </label>`,
      )}
      ${image && !hasSky(this.model) ? html`<p class="quiet">The header of this image tells no coordinates on the sky: there is nothing to draw.</p>` : ""}
      <h3>Blink</h3>
      ${this.#blinkTemplate()}
    </div>`;
  }

  #blinkTemplate(): TemplateResult {
    const choices = blinkChoices(this.viewer);
    const chosen = blinkPartner(this.viewer) ?? choices[0];
    if (!this.model.image || choices.length === 0)
      return html`<p class="quiet">This file has no other image to blink with.</p>`;
    return html`<label class="field">
        <span class="quiet">The other HDU</span>
        <select
          @change=${(event: Event) => {
            setBlinkPartner(this.viewer, Number((event.currentTarget as HTMLSelectElement).value));
            this.requestUpdate();
          }}
        >
          ${choices.map((index) => {
            const hdu = this.model.hdus.find((other) => other.index === index);
            return html`<option value=${index} .selected=${index === chosen}>
              ${index}${hdu?.name ? ` \u00b7 ${hdu.name}${hdu.ver > 1 ? `,${hdu.ver}` : ""}` : ""}
            </option>`;
          })}
        </select>
      </label>
      <div>
        <button
          class="plain-border"
          @click=${async () => {
            if (blinkPartner(this.viewer) === undefined && chosen !== undefined)
              setBlinkPartner(this.viewer, chosen);
            await blink(this.viewer);
            this.requestUpdate();
          }}
        >
          Blink (b)
        </button>
      </div>
      <p class="quiet">The same sky, as large, where both have coordinates; else the same pixels.</p>`;
  }
}
