/** Where the parts of the element lie, and what they look like. */
import { css } from "lit";

export const layout = css`
  :host {
    display: block;
    height: 480px;
    min-height: 240px;
    container: fits-viewer / inline-size;
    background: var(--surface);
    color: var(--text);
    font: var(--size) / 1.4 var(--font);
    overflow: hidden;
    text-align: start;
  }
  .frame {
    height: 100%;
    display: grid;
    grid-template: "tools tools tools" auto "picture panel rail" minmax(0, 1fr) "foot foot foot" auto / minmax(0, 1fr) auto auto;
  }
  .frame.is-empty > :is(.tools, .rail, .foot) {
    display: none;
  }
  .tools {
    grid-area: tools;
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: 4px 10px;
    padding: 5px 8px;
    border-bottom: 1px solid var(--line);
    background: var(--raised);
  }
  .group {
    display: flex;
    align-items: center;
    gap: 3px;
    min-width: 0;
  }
  .tools .hdu-group select {
    min-width: 130px;
    max-width: 260px;
  }
  .tools .zoom {
    min-width: 56px;
    text-align: center;
  }
  .tools .goto {
    flex: 1 1 140px;
    max-width: 300px;
    margin-inline-start: auto;
  }
  .tools .goto input {
    width: 100%;
  }
  .picture {
    grid-area: picture;
    display: flex;
    flex-direction: column;
    min-width: 0;
    min-height: 0;
  }
  .stage {
    position: relative;
    flex: 1;
    min-height: 0;
    background: var(--ground);
    overflow: hidden;
  }
  .stage canvas,
  .stage > svg {
    position: absolute;
    inset: 0;
    width: 100%;
    height: 100%;
    display: block;
  }
  .stage canvas {
    touch-action: none;
    cursor: crosshair;
    outline-offset: -2px;
  }
  .stage canvas.grabbed {
    cursor: grabbing;
  }
  .stage > svg {
    pointer-events: none;
    overflow: hidden;
  }
  .crosshair {
    fill: none;
    stroke: var(--mark);
    stroke-width: 1.25;
  }
  .crosshair.halo {
    stroke: #000;
    stroke-opacity: 0.55;
    stroke-width: 3;
  }
  .points {
    fill: none;
    stroke: var(--mark);
    stroke-width: 1.25;
  }
  .points.halo {
    stroke: #000;
    stroke-opacity: 0.45;
    stroke-width: 2.75;
  }
  .bar {
    position: absolute;
    inset: 0 0 auto;
    height: 2px;
    overflow: hidden;
  }
  .bar::after {
    content: "";
    position: absolute;
    inset: 0;
    width: 30%;
    background: var(--accent);
    animation: run 1.1s ease-in-out infinite;
  }
  @keyframes run {
    from {
      transform: translateX(-100%);
    }
    to {
      transform: translateX(340%);
    }
  }
  .message {
    position: absolute;
    inset: 0;
    overflow: auto;
    display: grid;
    place-content: center;
    justify-items: center;
    gap: 8px;
    padding: 24px;
    text-align: center;
    background: var(--ground);
  }
  .error {
    position: absolute;
    inset: 8px 8px auto;
    display: flex;
    gap: 8px;
    align-items: start;
    max-width: 720px;
    margin-inline: auto;
    padding: 7px 6px 7px 12px;
    border: 1px solid color-mix(in srgb, var(--bad), transparent 55%);
    border-radius: var(--round);
    background: var(--bad-surface);
    color: var(--bad);
    box-shadow: 0 4px 14px rgb(0 0 0 / 0.18);
  }
  .question {
    border-color: var(--line);
    background: var(--surface);
    color: var(--text);
  }
  .error > div {
    flex: 1;
    min-width: 0;
  }
  .error p {
    margin: 3px 0;
    overflow-wrap: anywhere;
    max-height: 10em;
    overflow: auto;
  }
  .scale {
    display: grid;
    grid-template-columns: 104px minmax(0, 1fr) 104px auto;
    align-items: start;
    gap: 0 8px;
    padding: 6px 8px 4px;
    border-top: 1px solid var(--line);
    background: var(--surface);
  }
  .scale input {
    width: 100%;
    height: 24px;
  }
  .scale .colors {
    position: relative;
    height: 32px;
  }
  .scale canvas {
    display: block;
    width: 100%;
    height: 13px;
    border: 1px solid var(--line);
    border-radius: 2px;
  }
  .scale svg {
    display: block;
    width: 100%;
    height: 18px;
    overflow: visible;
  }
  .scale svg text {
    fill: var(--quiet);
    font: 10.5px var(--mono);
    text-anchor: middle;
  }
  .scale svg line {
    stroke: var(--field-line);
  }
  .scale .unit {
    line-height: 24px;
    max-width: 140px;
    overflow: hidden;
    text-overflow: ellipsis;
    white-space: nowrap;
  }
  .planes {
    display: grid;
    gap: 2px;
    padding: 4px 8px;
    border-top: 1px solid var(--line);
    background: var(--surface);
  }
  .plane {
    display: grid;
    grid-template-columns: auto minmax(60px, 84px) minmax(0, 1fr) auto;
    align-items: center;
    gap: 8px;
  }
  .plane .number {
    white-space: nowrap;
    text-align: end;
    min-width: 22ch;
  }
  .panel {
    grid-area: panel;
    width: clamp(300px, 38cqw, 560px);
    display: flex;
    flex-direction: column;
    min-height: 0;
    border-inline-start: 1px solid var(--line);
    background: var(--surface);
  }
  .panel:focus-visible {
    outline: none;
  }
  .panel:focus-visible > header h2 {
    outline: 2px solid var(--accent);
  }
  .panel > header {
    display: flex;
    align-items: center;
    gap: 8px;
    padding: 4px 4px 4px 12px;
    border-bottom: 1px solid var(--line);
  }
  .panel h2 {
    flex: 1;
    margin: 0;
    font-size: 1em;
    font-weight: 600;
  }
  .panel > .body {
    flex: 1;
    min-height: 0;
    overflow: auto;
    display: flex;
    flex-direction: column;
  }
  .panel > .body > :not(p) {
    flex: 1;
    min-height: 0;
  }
  .panel > .body > p {
    padding: 0 12px;
  }
  .rail {
    grid-area: rail;
    display: flex;
    flex-direction: column;
    gap: 2px;
    padding: 4px;
    border-inline-start: 1px solid var(--line);
    background: var(--raised);
    overflow: auto;
  }
  .rail button {
    display: flex;
    flex-direction: column;
    align-items: center;
    justify-content: center;
    gap: 2px;
    flex: none;
    width: 62px;
    height: 46px;
    padding: 0 2px;
    font-size: 10.5px;
    line-height: 1.2;
  }
  .foot {
    grid-area: foot;
    display: flex;
    align-items: center;
    gap: 2px 16px;
    min-height: 28px;
    padding: 2px 8px;
    border-top: 1px solid var(--line);
    background: var(--raised);
    white-space: nowrap;
  }
  .readout {
    display: flex;
    gap: 14px;
    flex: 1;
    min-width: 0;
    overflow: hidden;
  }
  .readout span {
    flex: none;
  }
  .readout b {
    font: inherit;
    color: var(--quiet);
    margin-inline-end: 5px;
  }
  .status {
    display: flex;
    align-items: center;
    gap: 10px;
    color: var(--quiet);
  }
  .status button {
    height: 22px;
    line-height: 1;
    padding: 0 8px;
    border-color: var(--line);
    color: var(--text);
  }
  .dot {
    display: inline-block;
    width: 7px;
    height: 7px;
    margin-inline-end: 6px;
    border-radius: 50%;
    background: var(--quiet);
  }
  .dot.exact {
    background: light-dark(#14804a, #3ecf8e);
  }
  .dot.sampled {
    background: light-dark(#b45309, #f5b13d);
  }
  dialog {
    max-width: min(460px, calc(100cqw - 24px));
    border: 1px solid var(--line);
    border-radius: 8px;
    padding: 14px 18px 18px;
    background: var(--surface);
    color: var(--text);
    box-shadow: 0 12px 40px rgb(0 0 0 / 0.35);
  }
  dialog::backdrop {
    background: rgb(0 0 0 / 0.35);
  }
  dialog header {
    display: flex;
    align-items: center;
    justify-content: space-between;
  }
  dialog h2 {
    margin: 0;
    font-size: 1.1em;
  }
  dialog dl {
    display: grid;
    grid-template-columns: auto 1fr;
    gap: 6px 16px;
    margin: 10px 0 0;
    align-items: baseline;
  }
  dialog dd {
    margin: 0;
  }
  kbd {
    font: 0.94em var(--mono);
    padding: 1px 6px;
    border: 1px solid var(--line);
    border-radius: 4px;
    background: var(--raised);
    white-space: nowrap;
  }
  @media (prefers-reduced-motion: reduce) {
    .bar::after {
      animation: none;
      width: 100%;
    }
  }
`;
