/** What a connected element has: model, stage, controls, and the panel that is open. */
import { html, type ReactiveControllerHost, type TemplateResult } from "lit";
import { ref } from "lit/directives/ref.js";
import { nameOf, ViewerModel } from "../model.js";
import type { Panel } from "../panels/panel.js";
import { panels } from "../panels/panels.js";
import { isLine } from "../parts.js";
import { svgElement } from "../svg.js";
import { countText } from "../text.js";
import { adviceOn } from "./advice.js";
import { footTemplate } from "./foot.js";
import { listenToGestures } from "./gestures.js";
import { goTo } from "./go-to.js";
import { helpTemplate } from "./help.js";
import { icon, paths } from "./icons.js";
import { pressKey } from "./keys.js";
import { Player, planesTemplate, stepPlane } from "./planes.js";
import { guardedScale } from "./scale.js";
import { Stage } from "./stage.js";
import { toolbarTemplate } from "./toolbar.js";

/** Most errors that are shown together. */
const mostErrors = 3;
/** Milliseconds between what screen readers are told of the readout. */
const sayTime = 600;

export class Desk {
  readonly model: ViewerModel = new ViewerModel();
  readonly stage: Stage;
  readonly #host: ReactiveControllerHost;
  readonly #player: Player;
  readonly #ends: (() => void)[];
  #errors: readonly string[] = [];
  #question: { readonly text: string; readonly yes: string; answer(yes: boolean): void } | undefined;
  #price: { readonly bytes: number; readonly requests: number } | undefined;
  #hasLight = false;
  #panel: Panel | undefined;
  /** Whether the focus goes to the panel once that is drawn: where it was opened by its button. */
  #goesToPanel = false;
  #dialog: HTMLDialogElement | undefined;
  #said = "";
  #toSay = 0;

  constructor(host: ReactiveControllerHost) {
    this.#host = host;
    const canvas = document.createElement("canvas");
    canvas.tabIndex = 0;
    canvas.setAttribute("role", "application");
    const svg = svgElement("svg", { "aria-hidden": "true" });
    const { model } = this;
    const stage = new Stage(model, canvas, svg);
    this.stage = stage;
    const draw = (): void => host.requestUpdate();
    this.#player = new Player(stage, draw);
    stage.say = (text) => {
      this.#said = text;
      draw();
    };
    stage.ask = (text, yes) => this.#ask(text, yes);
    canvas.addEventListener("keydown", (event) =>
      pressKey(event, {
        stage,
        toggleHelp: () => this.#toggleHelp(),
        copy: () => void this.#copy(),
        stepPlane: (by) => stepPlane(model, by),
      }),
    );
    const { screen } = stage;
    this.#ends = [
      listenToGestures(stage),
      ...(["busy", "hdus", "state"] as const).map((event) => model.on(event, draw)),
      model.on("file", () => {
        this.#player.stop();
        if (!model.fits) {
          // What was told of a link while its file opens stays.
          this.#errors = [];
          this.#question?.answer(false);
          this.#price = undefined;
        }
        draw();
      }),
      model.on("image", () => this.#imageChanged()),
      model.on("error", (error) => this.#showError(adviceOn(error, model.input))),
      stage.on("panel", (id) => void this.#openPanel(id)),
      stage.on("view", () => {
        // The price was that of another view.
        this.#price = undefined;
        draw();
      }),
      stage.readout.on("change", () => {
        if (stage.hasCrosshair) this.#sayReadout();
        draw();
      }),
      screen.on("firstlight", () => {
        this.#hasLight = true;
        draw();
      }),
      screen.on("limits", draw),
      screen.on("progress", draw),
      screen.on("expensive", (price) => {
        this.#price = price;
        draw();
      }),
      screen.on("idle", () => {
        // The rest of the headers is for the list of HDUs alone: the picture comes first.
        void model.findHdus();
        draw();
      }),
    ];
  }

  close(): void {
    clearTimeout(this.#toSay);
    this.#player.stop();
    for (const end of this.#ends) end();
    this.stage.close();
    void this.model.end();
  }

  render(): TemplateResult {
    const { stage, model } = this;
    const hasPicture = model.image !== undefined;
    this.#describe();
    const isEmpty = !model.fits && !model.busy;
    return html`<div
      class="frame ${stage.panel && !isEmpty ? "has-panel" : ""} ${isEmpty ? "is-empty" : ""}"
      @keydown=${(event: KeyboardEvent) => {
        // The keys of the picture are the picture's; how to find them is said everywhere but in fields.
        if (event.key !== "?" || event.defaultPrevented || isField(event)) return;
        event.preventDefault();
        this.#toggleHelp();
      }}
    >
      ${toolbarTemplate({
        stage,
        hdus: model.hdus.map(({ index, name, ver, shape, type }) => ({
          index,
          text: hduText(index, name, ver, shape, type),
        })),
        goTo: (text) => void this.#goTo(text),
        toggleHelp: () => this.#toggleHelp(),
      })}
      <div class="picture">
        <div class="stage">
          ${stage.canvas} ${stage.svg} ${this.#messageTemplate()}
          ${model.busy || (hasPicture && !this.#hasLight && stage.screen.reading > 0) ? html`<div class="bar"></div>` : undefined}
          ${this.#questionTemplate() ?? this.#errorTemplate()}
        </div>
        ${hasPicture ? [planesTemplate(stage, this.#player), guardedScale(stage)] : undefined}
      </div>
      ${isEmpty ? undefined : this.#panelTemplate()}
      <div class="rail" role="group" aria-label="Panels">
        ${panels.map(
          ({ id, label, icon: path }) => html`<button
            data-panel=${id}
            aria-pressed=${stage.panel === id}
            ?disabled=${!model.fits}
            @click=${() => {
              stage.panel = stage.panel === id ? undefined : id;
              this.#goesToPanel = stage.panel !== undefined;
            }}
          >
            ${icon(path)}${label}
          </button>`,
        )}
      </div>
      ${footTemplate({
        stage,
        price: this.#price,
        refine: () => {
          this.#price = undefined;
          stage.screen.refine();
          this.#host.requestUpdate();
        },
      })}
      <div class="unseen" role="status">${this.#said}</div>
      <dialog
        aria-labelledby="keys"
        ${ref((element) => {
          this.#dialog = element as HTMLDialogElement | undefined;
        })}
      >
        ${helpTemplate(() => this.#dialog?.close())}
      </dialog>
    </div>`;
  }

  /**
   * Puts the focus where it belongs after a drawing: into a panel that was opened by its button; onto the picture where the
   * button that had the focus is gone.
   *
   * @param held had the focus before
   */
  keepFocus(held: Element | null | undefined): void {
    const { canvas } = this.stage;
    const panel = (canvas.getRootNode() as ShadowRoot).querySelector<HTMLElement>(".panel");
    if (this.#goesToPanel && panel) panel.focus({ preventScroll: true });
    else if (held && held !== canvas && held.getClientRects().length === 0)
      canvas.focus({ preventScroll: true });
    this.#goesToPanel = false;
  }

  /** The name and the place of the canvas for screen readers. */
  #describe(): void {
    const { stage, model } = this;
    const { canvas } = stage;
    canvas.hidden = !model.image;
    const [width, height] = stage.imageSize;
    const what = model.image && model.input ? `${nameOf(model.input)}, HDU ${model.state.hdu}` : "no picture";
    canvas.setAttribute(
      "aria-label",
      `Picture of ${what}, ${width} by ${height} pixels; press ? for the keys`,
    );
  }

  #messageTemplate(): TemplateResult | undefined {
    const { model } = this;
    if (model.image) return undefined;
    if (model.busy) return html`<div class="message quiet" role="status">${model.busy} …</div>`;
    if (!model.fits)
      return html`<div class="message"><slot name="empty"><span class="quiet">No file is open</span></slot></div>`;
    const { hdu } = model;
    if (!hdu) return html`<div class="message quiet">No HDU is shown</div>`;
    const what =
      hdu.kind === "table"
        ? `a table of ${countText(hdu.shape[0] ?? 0, "row")}`
        : hdu.kind === "image"
          ? "without pixels"
          : `of type ${hdu.type}`;
    return html`<div class="message quiet">HDU ${hdu.index}${hdu.name ? ` (${hdu.name})` : ""} is ${what}: no picture</div>`;
  }

  #errorTemplate(): TemplateResult | undefined {
    if (this.#errors.length === 0) return undefined;
    return html`<div class="error" role="alert">
      <div>${this.#errors.map((error) => html`<p>${error}</p>`)}</div>
      <button class="square" aria-label="Dismiss" title="Dismiss" @click=${() => this.#showError(undefined)}>
        ${icon(paths.close)}
      </button>
    </div>`;
  }

  #questionTemplate(): TemplateResult | undefined {
    if (!this.#question) return undefined;
    const { text, yes, answer } = this.#question;
    return html`<div class="error question" role="alert">
      <div><p>${text}</p></div>
      <button class="strong" @click=${() => answer(true)}>${yes}</button>
      <button @click=${() => answer(false)}>Cancel</button>
    </div>`;
  }

  #ask(text: string, yes: string): Promise<boolean> {
    this.#question?.answer(false);
    return new Promise((resolve) => {
      const answer = (isYes: boolean): void => {
        this.#question = undefined;
        this.#host.requestUpdate();
        resolve(isYes);
      };
      this.#question = { text, yes, answer };
      this.#host.requestUpdate();
    });
  }

  #panelTemplate(): TemplateResult | undefined {
    const { stage } = this;
    const entry = panels.find(({ id }) => id === stage.panel);
    if (!entry) return undefined;
    const close = (): void => {
      stage.panel = undefined;
      (this.stage.canvas.getRootNode() as ShadowRoot)
        .querySelector<HTMLElement>(`[data-panel="${entry.id}"]`)
        ?.focus();
    };
    return html`<div
      class="panel"
      role="region"
      tabindex="-1"
      aria-label=${entry.label}
      @keydown=${(event: KeyboardEvent) => {
        // In a field that is searched the key first takes away what was typed.
        const [field] = event.composedPath();
        const isSearch = field instanceof HTMLInputElement && field.type === "search" && field.value !== "";
        if (event.key === "Escape" && !event.defaultPrevented && !isSearch) close();
      }}
    >
      <header>
        <h2>${entry.label}</h2>
        <button class="square" aria-label="Close" title="Close (Esc)" @click=${close}>${icon(paths.close)}</button>
      </header>
      <div class="body">${this.#panel ?? html`<p class="quiet">Loading …</p>`}</div>
    </div>`;
  }

  async #openPanel(id: string | undefined): Promise<void> {
    this.#panel = undefined;
    this.#host.requestUpdate();
    const entry = panels.find((panel) => panel.id === id);
    if (!entry) return;
    try {
      const Made = await entry.load();
      if (this.stage.panel !== id) return;
      const tag = `fits-viewer-${entry.id}`;
      if (!customElements.get(tag)) customElements.define(tag, Made);
      const panel = new Made();
      panel.viewer = this.stage;
      this.#panel = panel;
      this.#host.requestUpdate();
    } catch (error) {
      this.#showError((error as Error).message);
    }
  }

  #imageChanged(): void {
    const { model, stage } = this;
    this.#price = undefined;
    this.#hasLight = false;
    const { hdu } = model;
    // What has no picture is shown by its panel.
    const ids = hdu && !model.image ? [hdu.kind === "table" ? "table" : "header", "header"] : [];
    // A line of pixels is seen as a curve.
    if (model.image && isLine(model.image.shape)) ids.push("spectrum");
    const id = ids.find((name) => panels.some((panel) => panel.id === name));
    if (id) stage.panel = id;
    this.#host.requestUpdate();
  }

  /** Shows an error below those before; without one, none. */
  #showError(error: string | undefined): void {
    const others = this.#errors.filter((other) => other !== error).slice(1 - mostErrors);
    this.#errors = error === undefined ? [] : [...others, error];
    this.#host.requestUpdate();
  }

  #sayReadout(): void {
    clearTimeout(this.#toSay);
    this.#toSay = window.setTimeout(() => this.stage.say(this.stage.readout.text), sayTime);
  }

  #toggleHelp(): void {
    if (this.#dialog?.open) this.#dialog.close();
    else this.#dialog?.showModal();
  }

  async #goTo(text: string): Promise<void> {
    try {
      // What was asked of the text before is not wanted anymore.
      this.#question?.answer(false);
      this.#showError(undefined);
      const to = await goTo(this.stage, text);
      if (to) this.stage.say(`Pixel ${Math.round(to.x) + 1}, ${Math.round(to.y) + 1}`);
    } catch (error) {
      this.#showError((error as Error).message);
    }
  }

  async #copy(): Promise<void> {
    const { text } = this.stage.readout;
    if (!text) return;
    try {
      await navigator.clipboard.writeText(text);
      this.stage.say(`Copied: ${text}`);
    } catch {
      this.#showError("The browser does not let this page write to the clipboard; open the page over https");
    }
  }
}

/** Whether a key is typed into a field. */
function isField(event: KeyboardEvent): boolean {
  const [target] = event.composedPath();
  return (
    target instanceof HTMLElement &&
    target.matches("textarea, select, input:not([type=checkbox], [type=range])")
  );
}

/** An HDU in a list: `1  SCI,2  4096 x 4096`. */
function hduText(index: number, name: string, ver: number, shape: readonly number[], type: string): string {
  const isTable = type === "BINTABLE" || type === "TABLE";
  const size = isTable ? countText(shape[0] ?? 0, "row") : [...shape].reverse().join(" \u00d7 ");
  return [`${index}`, `${name || type}${ver > 1 ? `,${ver}` : ""}`, size || "no data"].join(" \u00b7 ");
}
