/** The list of keys. */
import { html, type TemplateResult } from "lit";
import { icon, paths } from "./icons.js";
import { keyBindings } from "./keys.js";

export function helpTemplate(close: () => void): TemplateResult {
  return html`<header>
      <h2 id="keys">Keys on the picture</h2>
      <button class="square" aria-label="Close" @click=${close}>${icon(paths.close)}</button>
    </header>
    <dl>
      ${keyBindings.map(({ label, what }) => html`<dt><kbd>${label}</kbd></dt><dd>${what}</dd>`)}
      <dt>Wheel, pinch</dt>
      <dd>Zoom at the pointer</dd>
      <dt>Drag</dt>
      <dd>Move the picture</dd>
      <dt>Double click</dt>
      <dd>Zoom in; with Shift out</dd>
    </dl>`;
}
