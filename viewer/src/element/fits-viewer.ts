/** `<fits-viewer src="...">`: the element, whose parts share one model. What embedders see of it is in public.d.ts. */
import { createProfile, type Profile, type ProfileSummary, type SourceInput } from "fitslice";
import { type CSSResultGroup, LitElement, type PropertyValues, type TemplateResult } from "lit";
import { linkOf, parseLink } from "../link.js";
import type { FitsViewerView } from "../public.js";
import { firstState, type WantedState } from "../state.js";
import { controls, theme } from "../theme.js";
import { viewAttributes, viewOfAttribute, wantedOf } from "./attributes.js";
import { Desk } from "./desk.js";
import { narrowLayout } from "./narrow-styles.js";
import { layout } from "./styles.js";

export class FitsViewer extends LitElement {
  static override styles: CSSResultGroup = [theme, controls, layout, narrowLayout];

  static override get observedAttributes(): string[] {
    FitsViewer.finalize();
    return ["src", ...Object.keys(viewAttributes)];
  }

  #src: SourceInput | undefined;
  /** What was set since the last file was opened: for that file where it is still loading, else for the next one. */
  #wanted: WantedState = {};
  /** What the file that is loading was opened with. */
  #given: WantedState = {};
  /** Model, stage and controls; there is none while the element is not connected. */
  #desk: Desk | undefined;
  /** What will open the source in a moment. */
  #opening: Promise<void> | undefined;
  #opened: Promise<void> = Promise.resolve();
  /** What was wrong with attributes, and is told when the source opens. */
  #refused: Error[] = [];
  /** Of the file that was shown when the element was disconnected. */
  #profile: Profile = createProfile();

  get src(): SourceInput | undefined {
    return this.#src;
  }

  set src(src: SourceInput | undefined) {
    this.#src = src === null || src === "" ? undefined : src;
    this.#openSoon();
  }

  /** The parts that panels and tests reach; undefined while the element is not connected. */
  get desk(): Desk | undefined {
    return this.#desk;
  }

  get view(): FitsViewerView {
    const model = this.#desk?.model;
    const asked = { ...firstState, ...this.#given, ...this.#wanted };
    return model?.hdu ? model.state : (asked as FitsViewerView);
  }

  set view(view: FitsViewerView) {
    const wanted = wantedOf(view);
    const model = this.#desk?.model;
    if (!model?.hdu || this.#opening) {
      this.#wanted = { ...this.#wanted, ...wanted };
      return;
    }
    const { hdu, ...rest } = wanted;
    if (hdu !== undefined && hdu !== model.state.hdu) void model.select(hdu, rest);
    else model.update(rest);
  }

  get idle(): Promise<void> {
    return this.#settled();
  }

  get profile(): ProfileSummary {
    return (this.#desk?.model.profile ?? this.#profile).summary();
  }

  get link(): string {
    return linkOf(this.#address(), this.#desk?.model.state ?? firstState);
  }

  set link(hash: string) {
    const { src, state, refused } = parseLink(hash);
    const model = this.#desk?.model;
    // A link leaves out what is as at first.
    const { hdu: _, plane: __, center: ___, ...first } = firstState;
    const view = { ...first, ...state };
    if (src !== undefined && src !== this.#address()) {
      this.src = src;
      this.view = view as FitsViewerView;
    } else if (!model?.hdu || this.#opening) this.#wanted = { ...this.#wanted, ...view };
    else model.restore(view);
    if (refused) this.#refuse(refused);
  }

  override attributeChangedCallback(name: string, old: string | null, value: string | null): void {
    super.attributeChangedCallback(name, old, value);
    if (name === "src") this.src = value ?? undefined;
    else if (viewAttributes[name]) {
      try {
        this.view = viewOfAttribute(name, value);
      } catch (error) {
        this.#refuse(error as Error);
      }
    }
  }

  override connectedCallback(): void {
    super.connectedCallback();
    const desk = new Desk(this);
    this.#desk = desk;
    const { model, stage } = desk;
    let changed = 0;
    model.on("error", (error) => this.#tell("error", error));
    model.on("state", () => {
      // Many changes of one frame are one.
      if (changed > 0) return;
      changed = requestAnimationFrame(() => {
        changed = 0;
        if (model.hdu && this.#desk === desk) this.#tell("viewchange", model.state);
      });
    });
    stage.screen.on("firstlight", (news) => this.#tell("firstlight", news));
    stage.screen.on("idle", (news) => this.#tell("idle", news));
    this.requestUpdate();
    if (this.#src !== undefined) this.#openSoon();
    else for (const error of this.#refused.splice(0)) model.emit("error", error);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    const desk = this.#desk;
    this.#desk = undefined;
    if (!desk) return;
    // Connected again, the element shows the same.
    this.#wanted = desk.model.hdu ? (desk.model.state as WantedState) : { ...this.#given, ...this.#wanted };
    this.#profile = desk.model.profile;
    desk.close();
  }

  protected override update(changed: PropertyValues): void {
    const held = this.shadowRoot?.activeElement;
    super.update(changed);
    this.#desk?.keepFocus(held);
  }

  override render(): TemplateResult | undefined {
    return this.#desk?.render();
  }

  /** Opens the source when all attributes and properties of this moment are set. */
  #openSoon(): void {
    if (!this.#desk) return;
    const opening = Promise.resolve().then(async () => {
      const { model } = this.#desk ?? {};
      if (!model || this.#opening !== opening) return;
      this.#given = { ...this.#attributeView(), ...this.#wanted };
      this.#wanted = {};
      const done = this.#src === undefined ? model.close() : model.open(this.#src, this.#given);
      this.#opening = undefined;
      for (const error of this.#refused.splice(0)) model.emit("error", error);
      await done;
      if (this.#opened !== opening || this.#desk?.model !== model) return;
      this.#given = {};
      // What was set meanwhile.
      const later = this.#wanted;
      this.#wanted = {};
      if (model.hdu && Object.keys(later).length > 0) this.view = later as FitsViewerView;
    });
    this.#opening = opening;
    this.#opened = opening;
  }

  /** What the attributes say, for each file that is opened. One that cannot be was told when it was set. */
  #attributeView(): WantedState {
    let view: WantedState = {};
    for (const name of Object.keys(viewAttributes)) {
      const value = this.getAttribute(name);
      if (value === null) continue;
      try {
        view = { ...view, ...wantedOf(viewOfAttribute(name, value)) };
      } catch {}
    }
    return view;
  }

  async #settled(): Promise<void> {
    for (;;) {
      const opened = this.#opened;
      await opened;
      await this.#desk?.model.free;
      await this.#desk?.model.beside;
      if (this.#desk?.model.image) await this.#desk.stage.screen.idle;
      if (opened === this.#opened) return;
    }
  }

  /** Shows and tells what is wrong with an attribute or a link; what was shown stays. */
  #refuse(error: Error): void {
    if (this.#desk && !this.#opening) this.#desk.model.emit("error", error);
    else this.#refused.push(error);
  }

  /** The address of what is shown, where it has one that others can open. */
  #address(): string | undefined {
    return typeof this.#src === "string" || this.#src instanceof URL ? String(this.#src) : undefined;
  }

  #tell(name: string, detail: unknown): void {
    // An error is the element's own, as with <img>; the others can be heard further up.
    const isNews = name !== "error";
    this.dispatchEvent(new CustomEvent(name, { detail, bubbles: isNews, composed: isNews }));
  }
}

// Each part of the view is a property, too.
for (const key of Object.keys(firstState) as (keyof FitsViewerView)[]) {
  Object.defineProperty(FitsViewer.prototype, key, {
    configurable: true,
    enumerable: true,
    get(this: FitsViewer) {
      return this.view[key];
    },
    set(this: FitsViewer, value: unknown) {
      this.view = { [key]: value };
    },
  });
}
