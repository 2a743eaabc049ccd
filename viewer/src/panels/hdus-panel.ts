/** The HDUs of the file: what each is, its shape, where it lies. A click shows one. */
import type { HduLayout } from "fitslice";
import { type CSSResultGroup, css, html, type TemplateResult } from "lit";
import type { ModelEvents } from "../model.js";
import { bytesText, countText } from "../text.js";
import { Panel } from "./panel.js";

const dtypes: Readonly<Record<number, string>> = {
  8: "uint8",
  16: "int16",
  32: "int32",
  64: "int64",
  [-32]: "float32",
  [-64]: "float64",
};

/** BZERO of integers that are of the other sign (FITS Standard 4.0, 5.2.5), and what they are then. */
const otherSigns: Readonly<Record<number, readonly [bzero: number, name: string]>> = {
  8: [-128, "int8"],
  16: [2 ** 15, "uint16"],
  32: [2 ** 31, "uint32"],
  64: [2 ** 63, "uint64"],
};

/** The type of pixels, as they are read: `uint16`, `int16, scaled`. */
function pixelType({ bitpix, header }: HduLayout): string {
  const stored = dtypes[bitpix] ?? "";
  const [scale, zero] = [Number(header.get("BSCALE") ?? 1), Number(header.get("BZERO") ?? 0)];
  if (scale === 1 && zero === 0) return stored;
  const [bzero, name] = otherSigns[bitpix] ?? [];
  return name && scale === 1 && zero === bzero ? name : `${stored}, scaled`;
}

/** Lines about what is wrong with the file, at most. */
const mostWarnings = 20;

export class HdusPanel extends Panel {
  static override styles: CSSResultGroup = [
    Panel.styles,
    css`
      ul {
        list-style: none;
        margin: 0;
        padding: 0;
      }
      li button {
        width: 100%;
        height: auto;
        padding: 7px 12px;
        border: 0;
        border-bottom: 1px solid var(--line);
        border-radius: 0;
        display: grid;
        grid-template-columns: 3ch minmax(0, 1fr) auto;
        gap: 1px 10px;
        text-align: start;
        white-space: normal;
      }
      li button[aria-current="true"] {
        background: var(--chosen);
      }
      .wrong {
        color: var(--bad);
        overflow-wrap: anywhere;
      }
      .name {
        font-weight: 600;
        overflow-wrap: anywhere;
      }
      .what {
        grid-column: 2 / 4;
        display: flex;
        flex-wrap: wrap;
        gap: 0 12px;
      }
    `,
  ];

  override get drawnAfter(): readonly (keyof ModelEvents)[] {
    return ["file", "image", "hdus"];
  }

  override connectedCallback(): void {
    super.connectedCallback();
    void this.model.findHdus();
  }

  override render(): TemplateResult {
    const { hdus, state } = this.model;
    return html`<div class="scroll">
      <ul>
        ${hdus.map((hdu) => this.#row(hdu, hdu.index === state.hdu))}
      </ul>
      ${this.model.fits?.warnings.slice(0, mostWarnings).map((text) => html`<p class="pad wrong">${text}</p>`)}
    </div>`;
  }

  #row(hdu: HduLayout, isShown: boolean): TemplateResult {
    const { index, name, ver, type, shape, dataSize, cards, truncatedAt } = hdu;
    const isTable = type === "BINTABLE" || type === "TABLE";
    const size = isTable
      ? `${countText(shape[0] ?? 0, "row")}, ${countText(Number(hdu.header.get("TFIELDS") ?? 0), "column")}`
      : shape.length === 0
        ? "no data"
        : `${[...shape].reverse().join(" \u00d7 ")}  ${pixelType(hdu)}`;
    return html`<li>
      <button aria-current=${isShown} @click=${() => void this.model.select(index)}>
        <span class="number quiet">${index}</span>
        <span class="name">${name || "(no name)"}${ver > 1 ? html`<span class="quiet">, ${ver}</span>` : ""}</span>
        <span class="quiet">${type}</span>
        <span class="what quiet">
          <span class="number">${size}</span>
          <span>${bytesText(dataSize)}</span>
          <span>${cards} cards</span>
          ${truncatedAt === undefined ? "" : html`<span>the file ends before its data do</span>`}
        </span>
      </button>
    </li>`;
  }
}
