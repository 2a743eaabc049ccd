/** The list of a table's columns, of which some are shown. */
import type { Column } from "fitslice";
import { html, type TemplateResult } from "lit";

/** Columns that are shown at first. */
const firstShown = 30;
/** Columns that are shown at once, at most. */
export const mostShown = 100;
/** Wider fields are shown when they are asked for. */
const wide = 1024;

/** Column numbers that are shown at first: those that can be read and are not wide. */
export function firstColumns(columns: readonly Column[]): number[] {
  const readable = columns.filter(({ problem, rawOnly }) => !problem && !rawOnly);
  const narrow = readable.filter(({ width }) => width <= wide);
  return (narrow.length > 0 ? narrow : readable).slice(0, firstShown).map(({ index }) => index);
}

/** What people call a column: its name, or its number. */
export function nameOf({ name, index }: Column): string {
  return name || `column ${index + 1}`;
}

export interface ColumnsContext {
  readonly columns: readonly Column[];
  readonly chosen: readonly number[];
  readonly search: string;
  find(search: string): void;
  choose(chosen: readonly number[]): void;
}

export function columnsTemplate({ columns, chosen, search, find, choose }: ColumnsContext): TemplateResult {
  const words = search.toLowerCase();
  const found = columns.filter(({ name, unit = "", description = "" }) =>
    `${name} ${unit} ${description}`.toLowerCase().includes(words),
  );
  const readable = found.filter(({ problem, rawOnly }) => !problem && !rawOnly).map(({ index }) => index);
  const add = (more: readonly number[]): void =>
    choose([...new Set([...chosen, ...more])].sort((a, b) => a - b).slice(0, mostShown));
  return html`<section class="columns" aria-label="Columns">
    <div class="controls">
      <input
        type="search"
        aria-label="Search the columns"
        placeholder="Search columns"
        spellcheck="false"
        .value=${search}
        @input=${(event: Event) => find((event.currentTarget as HTMLInputElement).value)}
      />
      <button class="plain-border" @click=${() => add(readable)}>All</button>
      <button class="plain-border" @click=${() => choose(chosen.filter((index) => !readable.includes(index)))}>
        None
      </button>
    </div>
    <ul tabindex="0" aria-label="Columns of the table">
      ${found.map(
        (column) => html`<li>
          <label title=${column.problem ?? column.rawOnly ?? column.description ?? ""}>
            <input
              type="checkbox"
              .checked=${chosen.includes(column.index)}
              ?disabled=${column.problem !== undefined || column.rawOnly !== undefined}
              @change=${(event: Event) =>
                (event.currentTarget as HTMLInputElement).checked
                  ? add([column.index])
                  : choose(chosen.filter((index) => index !== column.index))}
            />
            <span class="name">${nameOf(column)}</span>
            <span class="quiet">${column.unit ?? ""}</span>
            <span class="quiet number">${column.format}</span>
          </label>
        </li>`,
      )}
    </ul>
  </section>`;
}

/** A field that chooses one of some columns. */
export function columnSelect(
  label: string,
  columns: readonly Column[],
  chosen: Column | undefined,
  choose: (column: Column | undefined) => void,
): TemplateResult {
  return html`<label class="field">
    ${label}
    <select
      @change=${(event: Event) => {
        const index = Number((event.currentTarget as HTMLSelectElement).value);
        choose(columns.find((column) => column.index === index));
      }}
    >
      ${columns.map((column) => html`<option value=${column.index} .selected=${column === chosen}>${nameOf(column)}</option>`)}
    </select>
  </label>`;
}
