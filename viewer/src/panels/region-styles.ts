/** What the panel of regions looks like. */
import { css } from "lit";

export const regionStyles = css`
  ul {
    list-style: none;
    margin: 0;
    padding: 0;
  }
  li {
    display: flex;
    align-items: center;
    border-bottom: 1px solid var(--line);
    padding-inline-end: 6px;
  }
  li.selected {
    background: var(--chosen);
  }
  li .name {
    flex: 1;
    min-width: 0;
    height: auto;
    min-height: var(--row);
    border-radius: 0;
    display: grid;
    grid-template-columns: 3ch minmax(0, 1fr);
    gap: 0 8px;
    padding: 6px 12px;
    text-align: start;
    white-space: normal;
    overflow-wrap: anywhere;
  }
  li .name[aria-pressed="true"] {
    color: var(--text);
  }
  li .why {
    grid-column: 2;
    color: var(--quiet);
  }
  button.square {
    width: var(--row);
    padding: 0;
    display: inline-grid;
    place-items: center;
  }
  .end {
    margin-inline-start: auto;
  }
  section {
    padding: 8px 12px;
    border-top: 1px solid var(--line);
    display: grid;
    gap: 8px;
  }
  h3 {
    margin: 0;
    font-size: 1em;
  }
  p {
    margin: 0;
  }
  .controls.flush {
    padding: 0;
  }
  textarea {
    font-family: var(--mono);
    font-size: 0.94em;
    width: 100%;
    color: inherit;
    background: var(--surface);
    border: 1px solid var(--field-line);
    border-radius: var(--round);
    padding: 5px 6px;
    resize: vertical;
  }
  textarea::placeholder {
    color: var(--quiet);
    opacity: 1;
  }
  label.button {
    position: relative;
    display: inline-flex;
    align-items: center;
    height: var(--row);
    padding: 0 8px;
    border: 1px solid var(--line);
    border-radius: var(--round);
    cursor: pointer;
  }
  label.button:hover {
    background: var(--hover);
  }
  label.button:focus-within {
    outline: 2px solid var(--accent);
    outline-offset: 1px;
  }
  dl {
    display: grid;
    grid-template-columns: auto minmax(0, 1fr) auto minmax(0, 1fr);
    gap: 3px 10px;
    margin: 0;
  }
  dt {
    color: var(--quiet);
  }
  dd {
    margin: 0;
    overflow-wrap: anywhere;
  }
  code {
    font-family: var(--mono);
    font-size: 0.92em;
    overflow-wrap: anywhere;
    background: var(--surface);
    border: 1px solid var(--line);
    border-radius: var(--round);
    padding: 5px 7px;
    display: block;
    user-select: all;
  }
  .wrong {
    color: var(--bad);
  }
`;
