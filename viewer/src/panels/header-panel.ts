/** The header of the HDU that is shown: its cards, searched and copied. What the file says is text, never markup. */
import type { Card, Header } from "fitslice";
import { type CSSResultGroup, css, html, type TemplateResult } from "lit";
import type { ModelEvents } from "../model.js";
import { Panel } from "./panel.js";

/** Most cards that are drawn at once; a search finds the others. */
const mostShown = 2000;

export class HeaderPanel extends Panel {
  static override styles: CSSResultGroup = [
    Panel.styles,
    css`
      .controls {
        padding-bottom: 4px;
      }
      .controls input {
        flex: 1;
      }
      .count {
        padding: 0 12px 6px;
        border-bottom: 1px solid var(--line);
      }
      table {
        font-family: var(--mono);
        font-size: 0.92em;
      }
      th {
        position: static;
        background: none;
        color: var(--accent);
        font-weight: 600;
        overflow-wrap: anywhere;
        min-width: 12ch;
        max-width: 18ch;
      }
      td.value {
        overflow-wrap: anywhere;
        min-width: 10ch;
      }
      td.comment {
        color: var(--quiet);
        font-family: var(--font);
        overflow-wrap: anywhere;
      }
      td.text {
        color: var(--quiet);
        white-space: pre-wrap;
        overflow-wrap: anywhere;
      }
      tr.wrong td {
        color: var(--bad);
      }
      mark {
        background: color-mix(in srgb, var(--accent), transparent 70%);
        color: var(--text);
      }
    `,
  ];

  #search = "";
  #copied = "";

  override get drawnAfter(): readonly (keyof ModelEvents)[] {
    return ["file", "image"];
  }

  override render(): TemplateResult {
    const header = this.model.hdu?.header;
    if (!header) return html`<p class="pad quiet">No HDU is shown</p>`;
    const cards = found(header, this.#search);
    return html`<div class="controls">
        <input
          type="search"
          aria-label="Search the header"
          placeholder="Search keyword, value, comment"
          spellcheck="false"
          .value=${this.#search}
          @input=${(event: Event) => {
            this.#search = (event.currentTarget as HTMLInputElement).value;
            this.requestUpdate();
          }}
        />
        <button class="plain-border" @click=${() => void this.#copy(header)}>Copy</button>
      </div>
      <div class="count quiet" role="status">
        ${this.#copied || `${cards.length === header.length ? "" : `${cards.length} of `}${header.length} cards`}
        ${cards.length > mostShown ? `; the first ${mostShown} are shown` : ""}
      </div>
      <div class="scroll" tabindex="0" role="region" aria-label="Cards">
        <table>
          <tbody>
            ${cards.slice(0, mostShown).map((card) => this.#row(card))}
          </tbody>
        </table>
      </div>`;
  }

  #row({ keyword, value, comment, problem }: Card): TemplateResult {
    const name = html`<th scope="row">${marked(keyword, this.#search)}</th>`;
    if (problem !== undefined)
      return html`<tr class="wrong">${name}<td>${comment}</td><td>${problem}</td></tr>`;
    if (value === undefined)
      return html`<tr>${name}<td class="text" colspan="2">${marked(comment.trim(), this.#search)}</td></tr>`;
    return html`<tr>
      ${name}
      <td class="value">${marked(shown(value), this.#search)}</td>
      <td class="comment">${marked(comment, this.#search)}</td>
    </tr>`;
  }

  /** Copies the cards that were found, each as it stands in the file. */
  async #copy(header: Header): Promise<void> {
    const cards = found(header, this.#search);
    const text = cards.flatMap(({ raw }) => raw.match(/.{1,80}/gs) ?? []).join("\n");
    try {
      await navigator.clipboard.writeText(text);
      this.#copied = `${cards.length} cards copied`;
    } catch {
      this.#copied = "The browser does not let this page write to the clipboard";
    }
    this.requestUpdate();
    setTimeout(() => {
      this.#copied = "";
      this.requestUpdate();
    }, 3000);
  }
}

/** The cards in which each word of `search` stands, in any case. */
function found(header: Header, search: string): readonly Card[] {
  const words = search.toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) return header.cards;
  return header.cards.filter(({ keyword, value, comment }) => {
    const text = `${keyword} ${value === undefined ? "" : shown(value)} ${comment}`.toLowerCase();
    return words.every((word) => text.includes(word));
  });
}

function shown(value: NonNullable<Card["value"]> | null): string {
  if (value === null) return "(undefined)";
  if (typeof value === "boolean") return value ? "T" : "F";
  if (Array.isArray(value)) return `(${value.join(", ")})`;
  return String(value);
}

/** `text` with the first place of the first word marked. */
function marked(text: string, search: string): unknown {
  const [word] = search.toLowerCase().split(/\s+/).filter(Boolean);
  const at = word ? text.toLowerCase().indexOf(word) : -1;
  if (!word || at < 0) return text;
  return html`${text.slice(0, at)}<mark>${text.slice(at, at + word.length)}</mark>${text.slice(at + word.length)}`;
}
