/** Regions: drawn, listed, measured, cut out; ds9's text in and out. */
import { type CSSResultGroup, html, type TemplateResult } from "lit";
import { grown, moved } from "../regions/geometry.js";
import { type RegionFrame, regionFrames } from "../regions/region.js";
import { type RegionEntry, type RegionList, regionsOf } from "../regions/region-list.js";
import type { Tool } from "../viewer.types.js";
import { download } from "./download.js";
import { Panel } from "./panel.js";
import { RegionMeasure } from "./region-measure.js";
import { regionStyles } from "./region-styles.js";
import { regionSummary } from "./region-text.js";

const tools: readonly (readonly [tool: Tool, name: string])[] = [
  ["pan", "Move"],
  ["box", "Box"],
  ["circle", "Circle"],
];

/** Most regions that the list shows; the others are on the picture. */
const mostListed = 300;

export class RegionsPanel extends Panel {
  static override styles: CSSResultGroup = [Panel.styles, regionStyles];

  #list!: RegionList;
  #measure!: RegionMeasure;
  #said = "";
  #frame: RegionFrame | "as" = "as";

  override connectedCallback(): void {
    this.#list = regionsOf(this.viewer);
    super.connectedCallback();
    const draw = (): void => this.requestUpdate();
    this.#measure = new RegionMeasure(this.viewer, this.#list, draw);
    this.whileOpen(() => this.#measure.close());
    this.whileOpen(this.#list.on("change", draw));
    this.whileOpen(this.viewer.on("tool", draw));
    this.whileOpen(() => {
      this.viewer.tool = "pan";
    });
  }

  override render(): TemplateResult {
    const { entries } = this.#list;
    const hasImage = this.model.image !== undefined;
    return html`<div class="controls" role="group" aria-label="Tools">
        ${tools.map(
          ([tool, name]) => html`<button
            class="plain-border"
            aria-pressed=${this.viewer.tool === tool}
            ?disabled=${!hasImage}
            @click=${() => {
              this.viewer.tool = tool;
            }}
          >
            ${name}
          </button>`,
        )}
        <span class="quiet">${this.viewer.tool === "pan" ? "" : "Drag on the picture"}</span>
        <button class="plain-border end" ?disabled=${!hasImage} @click=${() => this.#addHere()}>Add here</button>
      </div>
      <div class="scroll">
        ${
          entries.length === 0
            ? html`<p class="pad quiet">No regions. Choose Box or Circle and drag on the picture, or paste the text of ds9 below.</p>`
            : html`<ul aria-label="Regions">
                ${entries.slice(0, mostListed).map((entry, i) => this.#row(entry, i))}
              </ul>`
        }
        ${entries.length > mostListed ? html`<p class="pad quiet">The first ${mostListed} of ${entries.length} are listed.</p>` : ""}
        ${this.#measure.template()} ${this.#textTemplate()}
      </div>`;
  }

  #row(entry: RegionEntry, i: number): TemplateResult {
    const isSelected = i === this.#list.selected;
    const name = regionSummary(entry);
    return html`<li class=${isSelected ? "selected" : ""}>
      <button
        class="name"
        aria-pressed=${isSelected}
        title="Arrows move it, + and - resize it, Delete removes it"
        @click=${() => {
          this.#list.selected = isSelected ? undefined : i;
        }}
        @dblclick=${() => entry.shape && this.viewer.goTo(entry.shape.x, entry.shape.y)}
        @keydown=${(event: KeyboardEvent) => this.#press(event, entry, i)}
      >
        <span class="number quiet">${i + 1}</span>
        <span class="what">${name}</span>
        ${entry.why ? html`<span class="why">kept, ${entry.why}</span>` : ""}
        ${entry.region && !entry.shape ? html`<span class="why">not on this image</span>` : ""}
      </button>
      <button class="square" aria-label=${`Remove region ${i + 1}`} title="Remove" @click=${() => this.#remove(i)}>
        <svg class="icon" viewBox="0 0 16 16" aria-hidden="true"><path d="M4 4l8 8M12 4l-8 8"></path></svg>
      </button>
    </li>`;
  }

  #press(event: KeyboardEvent, { shape }: RegionEntry, i: number): void {
    const steps: Readonly<Record<string, readonly [number, number]>> = {
      ArrowLeft: [-1, 0],
      ArrowRight: [1, 0],
      ArrowUp: [0, 1],
      ArrowDown: [0, -1],
    };
    const step = steps[event.key];
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    if (event.key === "Delete" || event.key === "Backspace") this.#remove(i);
    else if (step && shape) {
      const by = event.shiftKey ? 10 : 1;
      this.#list.reshape(i, moved(shape, by * step[0], by * step[1]));
    } else if (/^[+=-]$/.test(event.key) && shape)
      this.#list.reshape(i, grown(shape, event.key === "-" ? -1 : 1));
    else return;
    event.preventDefault();
    this.viewer.say(
      `Region ${i + 1}: ${this.#list.entries[i] ? regionSummary(this.#list.entries[i]) : "removed"}`,
    );
  }

  #remove(i: number): void {
    this.#list.remove(i);
    this.viewer.say(`Region ${i + 1} removed`);
    // The focus goes on to what stands in its place.
    void this.updateComplete.then(() => {
      const buttons = this.renderRoot.querySelectorAll<HTMLElement>("li .name");
      (buttons[Math.min(i, buttons.length - 1)] ?? this.renderRoot.querySelector("button"))?.focus();
    });
  }

  /** A circle at the crosshair, or in the middle of the view: without a pointer. */
  #addHere(): void {
    const { place, hasCrosshair, viewport } = this.viewer;
    const [x, y] = hasCrosshair && place ? [place.x, place.y] : viewport.center;
    const radius = Math.max(2, Math.round(30 / viewport.zoom));
    this.#list.add({ shape: "circle", x: Math.round(x), y: Math.round(y), lengths: [radius], angle: 0 });
  }

  #textTemplate(): TemplateResult {
    const { entries } = this.#list;
    return html`<section aria-labelledby="ds9">
      <h3 id="ds9">ds9's text</h3>
      <textarea
        aria-label="Text of regions to add"
        placeholder='fk5; circle(150.1, 2.2, 5")'
        rows="3"
        spellcheck="false"
      ></textarea>
      <div class="controls flush">
        <button class="plain-border" @click=${() => this.#addText(this.renderRoot.querySelector("textarea")!.value)}>
          Add
        </button>
        <label class="button plain-border">
          File …
          <input class="unseen" type="file" accept=".reg,.txt" @change=${(event: Event) => void this.#addFile(event)} />
        </label>
        <select
          class="end"
          aria-label="Frame of the text"
          @change=${(event: Event) => {
            this.#frame = (event.currentTarget as HTMLSelectElement).value as RegionFrame | "as";
          }}
        >
          <option value="as">as they are</option>
          ${regionFrames.map((frame) => html`<option value=${frame}>${frame}</option>`)}
        </select>
        <button class="plain-border" ?disabled=${entries.length === 0} @click=${() => void this.#copy()}>Copy</button>
        <button class="plain-border" ?disabled=${entries.length === 0} @click=${() => download([this.#text], "regions.reg", "text/plain")}>
          Save
        </button>
      </div>
      <p class="quiet" role="status">${this.#said}</p>
    </section>`;
  }

  get #text(): string {
    return this.#list.file(this.#frame === "as" ? undefined : this.#frame);
  }

  #addText(text: string): void {
    try {
      const { added, unknown } = this.#list.addText(text);
      const others =
        unknown.length > 0
          ? `; ${unknown.length} kept as text: ${[...new Set(unknown)].slice(0, 3).join(", ")}`
          : "";
      this.#said =
        added + unknown.length === 0 ? "There is no region in this text" : `${added} added${others}`;
      if (added + unknown.length > 0) this.renderRoot.querySelector("textarea")!.value = "";
    } catch (error) {
      this.#said = (error as Error).message;
    }
    this.requestUpdate();
  }

  async #addFile(event: Event): Promise<void> {
    const input = event.currentTarget as HTMLInputElement;
    const file = input.files?.[0];
    if (!file) return;
    // More than a file of regions has is not read.
    this.#addText(file.size > 8e6 ? "x".repeat(8e6) : await file.text());
    input.value = "";
  }

  async #copy(): Promise<void> {
    try {
      await navigator.clipboard.writeText(this.#text);
      this.#said = `${this.#list.entries.length} copied`;
    } catch {
      this.#said = "The browser does not let this page write to the clipboard";
    }
    this.requestUpdate();
  }
}
