/** `<fits-viewer src="...">`: the element, whose parts share one model. */
import { html, LitElement } from "lit";
import { ViewerModel } from "../model.js";

export class FitsViewer extends LitElement {
  readonly model: ViewerModel = new ViewerModel();

  override render(): unknown {
    return html`<canvas></canvas>`;
  }
}
