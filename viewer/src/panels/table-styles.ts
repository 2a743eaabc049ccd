/** What the table panel looks like. */
import { css } from "lit";

/** CSS pixels of a row: rows in sight are counted by it. */
export const rowHeight = 24;

export const tableStyles = css`
  .rows {
    min-height: 150px;
  }
  .rows table {
    table-layout: fixed;
    border-collapse: separate;
    border-spacing: 0;
  }
  .rows th,
  .rows td {
    height: ${rowHeight}px;
    padding: 0 8px;
    overflow: hidden;
    text-overflow: ellipsis;
    white-space: nowrap;
    vertical-align: middle;
  }
  .rows thead th {
    z-index: 1;
    height: 38px;
    line-height: 1.25;
    font-family: var(--font);
    font-size: inherit;
    color: var(--text);
  }
  .rows thead .quiet {
    display: block;
    min-height: 1.25em;
    font-weight: 400;
    font-size: 0.92em;
    overflow: hidden;
    text-overflow: ellipsis;
  }
  .rows tr.space td {
    padding: 0;
    border: 0;
  }
  .rows tbody th {
    position: static;
    background: none;
    color: var(--quiet);
    font-weight: 400;
    text-align: end;
  }
  .rows tbody th button {
    height: 20px;
    padding: 0 4px;
    color: inherit;
  }
  .rows tbody tr:not(.space):hover {
    background: var(--hover);
  }
  .rows tr.linked {
    cursor: pointer;
  }
  .rows td.null::after {
    content: "null";
    color: var(--quiet);
    font-style: italic;
  }
  .where input {
    flex: 1 1 140px;
    font-family: var(--mono);
    font-size: 0.94em;
  }
  .columns {
    border-block: 1px solid var(--line);
    background: var(--raised);
  }
  .columns input[type="search"] {
    flex: 1;
  }
  .columns ul {
    list-style: none;
    margin: 0;
    padding: 0 12px 8px;
    max-height: 190px;
    overflow: auto;
  }
  .columns label {
    display: grid;
    grid-template-columns: auto minmax(0, 1fr) auto auto;
    gap: 8px;
    align-items: center;
    padding: 2px 0;
  }
  .columns .name {
    overflow-wrap: anywhere;
  }
  .field {
    display: flex;
    align-items: center;
    gap: 6px;
    min-width: 0;
  }
  .field select {
    max-width: 150px;
  }
  section {
    border-bottom: 1px solid var(--line);
  }
  section > .pad {
    margin: 0;
    padding-top: 2px;
  }
  .tools-open {
    max-height: 62%;
    overflow: auto;
    flex: none;
  }
  .chart canvas.dots {
    position: absolute;
    inset: 0 4px;
    width: calc(100% - 8px);
    color: var(--accent);
    pointer-events: none;
  }
  .controls + .controls {
    padding-top: 0;
  }
`;
