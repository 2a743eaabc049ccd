/** Where there are 600 px or less: controls above the picture, the panel as a sheet below, its buttons at the foot. */
import { css } from "lit";

export const narrowLayout = css`
  @container fits-viewer (max-width: 600px) {
    .frame {
      grid-template: "tools" auto "picture" minmax(0, 1fr) "panel" auto "foot" auto "rail" auto / minmax(0, 1fr);
    }
    .frame.has-panel {
      grid-template-rows: auto minmax(0, 1fr) minmax(0, 1.1fr) auto auto;
    }
    .tools {
      gap: 4px;
      padding: 4px 6px;
    }
    .tools .hdu-group {
      flex: 1 1 30%;
    }
    .tools .look {
      order: 1;
      flex: 1 1 100%;
    }
    .tools .look select {
      flex: 1 1 0;
    }
    .tools .hdu-group select {
      width: 100%;
      max-width: none;
    }
    .tools .goto {
      order: 2;
      flex: 1 1 100%;
      max-width: none;
    }
    .has-panel .tools .goto:not(:focus-within),
    .has-panel .scale {
      display: none;
    }
    .panel {
      min-width: 0;
      width: auto;
      border-inline-start: 0;
      border-top: 1px solid var(--line);
    }
    .rail {
      flex-direction: row;
      border-inline-start: 0;
      border-top: 1px solid var(--line);
      padding: 2px;
    }
    .rail button {
      flex: 1 0 auto;
      width: auto;
      min-width: 36px;
      height: 44px;
      padding: 0 1px;
      font-size: 9.5px;
    }
    .scale {
      grid-template-columns: 72px minmax(0, 1fr) 72px;
    }
    .scale .unit {
      display: none;
    }
    .plane {
      grid-template-columns: auto 56px minmax(0, 1fr) auto;
    }
    .plane .number {
      min-width: 0;
    }
    .foot {
      flex-direction: column;
      align-items: stretch;
      gap: 0;
    }
    .readout {
      flex-wrap: wrap;
      align-content: start;
      /* Room for three lines, so that the picture stays as large whatever is said of a place. */
      height: 52px;
      gap: 0 10px;
    }
    .status {
      justify-content: space-between;
      /* The row always has the height of the button Refine: a row that grew would change the canvas, and hide the button again. */
      min-height: 22px;
    }
  }
  @container fits-viewer (min-width: 440px) and (max-width: 600px) {
    .tools .look {
      flex: 1 1 50%;
    }
    .tools .goto {
      flex: 1 1 30%;
    }
  }
`;
