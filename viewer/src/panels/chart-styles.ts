/** What the plots of panels look like. */
import { css } from "lit";

export const chartStyles = css`
  .chart {
    position: relative;
    padding: 0 4px;
  }
  .chart svg {
    display: block;
    overflow: visible;
    width: 100%;
  }
  .chart text {
    fill: var(--quiet);
    font: 10.5px var(--mono);
  }
  .chart text.label {
    fill: var(--text);
    font: 11px var(--font);
  }
  .chart .frame rect {
    fill: none;
    stroke: var(--line);
  }
  .chart .frame line {
    stroke: var(--field-line);
  }
  .chart .curve {
    fill: none;
    stroke: var(--accent);
    stroke-width: 1.2;
    stroke-linejoin: round;
  }
  .chart .dots {
    fill: var(--accent);
  }
  dl.numbers {
    display: grid;
    grid-template-columns: repeat(auto-fill, minmax(92px, 1fr));
    gap: 6px 12px;
    margin: 0;
    padding: 8px 12px;
  }
  dl.numbers div {
    min-width: 0;
  }
  dl.numbers dt {
    color: var(--quiet);
  }
  dl.numbers dd {
    margin: 0;
    font-variant-numeric: tabular-nums;
    overflow-wrap: anywhere;
  }
  .wrong {
    margin: 0;
    color: var(--bad);
    overflow-wrap: anywhere;
  }
  .ask {
    border-block: 1px solid var(--line);
    background: var(--raised);
  }
  .ask span {
    flex: 1 1 12em;
  }
`;
