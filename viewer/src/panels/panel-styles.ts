/** What panels look like: text, lists, tables of names and values. */
import { css } from "lit";
import { controls } from "../theme.js";

/** The theme's properties are inherited from the element. */
export const panelStyles = [
  controls,
  css`
    :host {
      display: flex;
      flex-direction: column;
      min-height: 0;
      color: var(--text);
    }
    .controls {
      display: flex;
      flex-wrap: wrap;
      align-items: center;
      gap: 6px;
      padding: 8px 12px;
    }
    .scroll {
      flex: 1;
      min-height: 0;
      overflow: auto;
    }
    .pad {
      padding: 8px 12px;
    }
    table {
      width: 100%;
      border-collapse: collapse;
    }
    th {
      position: sticky;
      top: 0;
      background: var(--raised);
      color: var(--quiet);
      font-weight: 500;
      text-align: start;
    }
    th,
    td {
      padding: 3px 8px;
      border-bottom: 1px solid var(--line);
      vertical-align: top;
    }
    th:first-child,
    td:first-child {
      padding-inline-start: 12px;
    }
    td.number,
    th.number {
      text-align: end;
    }
  `,
];
