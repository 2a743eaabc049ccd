/** The lines at the foot: what is under the pointer, and how much of the picture is exact. */
import { html, type TemplateResult } from "lit";
import { bytesText, shareText } from "../text.js";
import type { Stage } from "./stage.js";

export interface FootContext {
  readonly stage: Stage;
  /** What a finer picture would cost, where the screen waits to be asked. */
  readonly price: { readonly bytes: number; readonly requests: number } | undefined;
  refine(): void;
}

/** What is drawn, in words: `exact`, `sampled 12 %`. */
function coverageTemplate({ screen, model }: Stage): TemplateResult | undefined {
  if (!model.image) return undefined;
  const { exact, sampled, missing } = screen.coverage();
  const isExact = exact > 0.9999;
  const kind = isExact ? "exact" : sampled + exact > 0 ? "sampled" : "";
  const text = isExact
    ? "Exact"
    : sampled + exact === 0
      ? "Nothing read yet"
      : [
          sampled > 0 ? `Sampled${sampled < 0.995 ? ` ${shareText(sampled)}` : ""}` : "",
          exact > 0.005 ? `exact ${shareText(exact)}` : "",
          missing > 0.005 ? `missing ${shareText(missing)}` : "",
        ]
          .filter(Boolean)
          .join(", ");
  const title = isExact
    ? "Every pixel in sight was read"
    : "Some of the pixels in sight were read, and stand for their neighbors";
  return html`<span title=${title}><span class="dot ${kind}"></span>${text}</span>`;
}

export function footTemplate({ stage, price, refine }: FootContext): TemplateResult {
  const { model, readout, screen } = stage;
  const { fits } = model;
  const { bytes, requests } = model.moved;
  const share = fits?.size ? ` of ${bytesText(fits.size)} (${shareText(bytes / fits.size)})` : "";
  const isReading = model.busy !== undefined || (model.image !== undefined && screen.reading > 0);
  return html`<div class="foot">
    <div class="readout" role="group" aria-label="Readout">
      ${
        readout.pixel
          ? html`<span><b>Pixel</b><span class="number">${readout.pixelText}</span></span>
              <span><b>Value</b><span class="number">${readout.value || "not read yet"}</span></span>
              ${readout.lines.map(
                ({ label, text }) => html`<span><b>${label}</b><span class="number">${text}</span></span>`,
              )}`
          : html`<span class="quiet">${model.image ? "Point at the picture" : ""}</span>`
      }
    </div>
    <div class="status">
      ${price ? html`<button title="Reads what this view needs to be exact, in ${price.requests} requests" @click=${refine}>Refine: ${bytesText(price.bytes)}</button>` : undefined}
      ${isReading ? html`<span>Reading</span>` : undefined}
      ${coverageTemplate(stage)}
      ${fits ? html`<span title="Bytes that were moved, in ${requests} requests">${bytesText(bytes)}${share}</span>` : undefined}
    </div>
  </div>`;
}
