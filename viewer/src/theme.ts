/**
 * Colors, sizes and fonts. Light and dark follow the `color-scheme` of the page that the element is in; a page sets any
 * of these properties on the element to change them: `fits-viewer { --fits-viewer-accent: teal }`.
 */
import { css } from "lit";

export const theme = css`
  :host {
    --surface: var(--fits-viewer-surface, light-dark(#ffffff, #17191d));
    --raised: var(--fits-viewer-raised, light-dark(#f4f5f7, #1f2227));
    --hover: var(--fits-viewer-hover, light-dark(#e8eaee, #2a2e35));
    --line: var(--fits-viewer-line, light-dark(#d9dce1, #33373f));
    --field-line: var(--fits-viewer-field-line, light-dark(#868d99, #6b7280));
    --text: var(--fits-viewer-text, light-dark(#1b1e24, #e4e6ea));
    --quiet: var(--fits-viewer-quiet, light-dark(#565d69, #a2a9b5));
    --accent: var(--fits-viewer-accent, light-dark(#0b62c4, #6cb2ff));
    --on-accent: var(--fits-viewer-on-accent, light-dark(#ffffff, #0b1220));
    --chosen: var(--fits-viewer-chosen, light-dark(#dfeaf8, #233450));
    --bad: var(--fits-viewer-bad, light-dark(#a3161b, #ffb0ab));
    --bad-surface: var(--fits-viewer-bad-surface, light-dark(#fdecec, #3b1d1f));
    --ground: var(--fits-viewer-ground, light-dark(#e3e6ea, #0c0d10));
    --mark: var(--fits-viewer-mark, #36d399);
    --font: var(--fits-viewer-font, system-ui, "Segoe UI", Roboto, "Helvetica Neue", "DejaVu Sans", sans-serif);
    --mono: var(--fits-viewer-mono, ui-monospace, "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace);
    --size: var(--fits-viewer-font-size, 12.5px);
    --row: 28px;
    --round: 5px;
  }
`;

/** Buttons, fields and what else panels and toolbar have in common. */
export const controls = css`
  *,
  *::before,
  *::after {
    box-sizing: border-box;
  }
  [hidden] {
    display: none !important;
  }
  button,
  select,
  input {
    font: inherit;
    color: inherit;
  }
  button,
  select,
  input:not([type="checkbox"], [type="radio"], [type="range"]) {
    height: var(--row);
    border: 1px solid transparent;
    border-radius: var(--round);
    background: transparent;
    padding: 0 8px;
  }
  select,
  input:not([type="checkbox"], [type="radio"], [type="range"]) {
    border-color: var(--line);
    background: var(--surface);
    min-width: 0;
    padding: 0 6px;
  }
  input::placeholder {
    color: var(--quiet);
    opacity: 1;
  }
  select {
    text-overflow: ellipsis;
  }
  button {
    white-space: nowrap;
    cursor: pointer;
  }
  button:hover:not(:disabled) {
    background: var(--hover);
  }
  button[aria-pressed="true"],
  button[aria-expanded="true"] {
    background: var(--chosen);
    color: var(--accent);
  }
  button.square {
    width: var(--row);
    padding: 0;
    display: inline-grid;
    place-items: center;
  }
  button.plain-border {
    border-color: var(--line);
  }
  button.strong {
    background: var(--accent);
    color: var(--on-accent);
  }
  button.strong:hover:not(:disabled) {
    background: color-mix(in srgb, var(--accent), var(--text) 18%);
  }
  button:disabled,
  select:disabled,
  input:disabled {
    opacity: 0.5;
    cursor: default;
  }
  input[type="range"] {
    accent-color: var(--accent);
    min-width: 0;
    height: 20px;
    margin: 0;
  }
  input[type="checkbox"] {
    accent-color: var(--accent);
  }
  :focus-visible {
    outline: 2px solid var(--accent);
    outline-offset: 1px;
  }
  .quiet {
    color: var(--quiet);
  }
  .mono,
  .number {
    font-family: var(--mono);
    font-size: 0.94em;
    font-variant-numeric: tabular-nums;
  }
  .unseen {
    position: absolute;
    width: 1px;
    height: 1px;
    margin: -1px;
    overflow: hidden;
    clip-path: inset(50%);
    white-space: nowrap;
  }
  svg.icon {
    width: 16px;
    height: 16px;
    flex: none;
    fill: none;
    stroke: currentColor;
    stroke-width: 1.4;
    stroke-linecap: round;
    stroke-linejoin: round;
  }
`;
