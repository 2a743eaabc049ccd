/** What all panels are: Lit elements that are drawn anew when the file, the HDU or the state changes. */
import { type CSSResultGroup, LitElement, type PropertyValues } from "lit";
import type { ModelEvents, ViewerModel } from "../model.js";
import type { Screen } from "../screen/screen.types.js";
import type { Viewer } from "../viewer.types.js";
import { panelStyles } from "./panel-styles.js";

export abstract class Panel extends LitElement {
  static override styles: CSSResultGroup = [panelStyles];

  /** Set before the panel is connected. */
  viewer!: Viewer;
  readonly #ends: (() => void)[] = [];

  get model(): ViewerModel {
    return this.viewer.model;
  }

  get screen(): Screen {
    return this.viewer.screen;
  }

  /** Events of the model after which the panel is drawn anew. */
  get drawnAfter(): readonly (keyof ModelEvents)[] {
    return ["file", "image", "state"];
  }

  override connectedCallback(): void {
    super.connectedCallback();
    for (const event of this.drawnAfter) this.whileOpen(this.model.on(event, () => this.requestUpdate()));
    this.requestUpdate();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    for (const end of this.#ends.splice(0)) end();
  }

  protected override update(changed: PropertyValues): void {
    const held = this.shadowRoot?.activeElement;
    super.update(changed);
    // Where the button that had the focus is gone, the keyboard goes on from the panel.
    if (held?.getClientRects().length === 0)
      this.closest<HTMLElement>(".panel")?.focus({ preventScroll: true });
  }

  /** Calls `end` when the panel is closed: `this.whileOpen(this.screen.on("idle", ...))` in `connectedCallback`. */
  protected whileOpen(end: () => void): void {
    this.#ends.push(end);
  }
}
