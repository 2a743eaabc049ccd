/** The network panel: which parts of the file moved, when, in which requests; live. */
import { done, type HduLayout, type ProfileSummary, type RequestEvent, toHar } from "fitslice";
import { type CSSResultGroup, css, html, svg, type TemplateResult } from "lit";
import type { ModelEvents } from "../model.js";
import { bytesText, shareText } from "../text.js";
import { chartStyles } from "./chart-styles.js";
import { download } from "./download.js";
import { paced } from "./pace.js";
import { Panel } from "./panel.js";
import { lanesOf, movedRanges, movedShares } from "./traffic.js";

/** Milliseconds between drawings while requests come. */
const drawTime = 250;
/** Requests in the list, the last ones; the HAR file has all that the profile keeps. */
const mostListed = 200;
/** Requests of the time line, the last ones. */
const mostTimed = 400;
const mostLanes = 8;
const bins = 256;
const mapHeight = 20;
const hdusHeight = 16;
/** HDUs that are marked below the map. */
const mostHdus = 500;
const laneHeight = 7;

export class NetworkPanel extends Panel {
  static override styles: CSSResultGroup = [
    Panel.styles,
    chartStyles,
    css`
      figure {
        margin: 0;
        padding: 4px 12px 8px;
      }
      figcaption {
        display: flex;
        justify-content: space-between;
        gap: 12px;
        color: var(--quiet);
        padding-bottom: 3px;
      }
      svg {
        display: block;
        width: 100%;
      }
      .ground {
        fill: var(--raised);
        stroke: var(--line);
        vector-effect: non-scaling-stroke;
      }
      .moved {
        fill: var(--accent);
        /* Bins that touch have no seam. */
        shape-rendering: crispEdges;
      }
      .hdus .even {
        fill: var(--quiet);
      }
      .hdus .odd {
        fill: var(--line);
      }
      .scroll {
        min-height: 150px;
      }
      .hdus text {
        fill: var(--quiet);
        font: 10px var(--mono);
        text-anchor: middle;
      }
      .wait {
        fill: var(--field-line);
        fill-opacity: 0.55;
      }
      .came {
        fill: var(--accent);
      }
      .left {
        fill: var(--quiet);
        color: var(--quiet);
      }
      .failed {
        fill: var(--bad);
      }
      td.label {
        overflow-wrap: anywhere;
      }
      td.number {
        white-space: nowrap;
      }
      tr.failed td {
        color: var(--bad);
      }
    `,
  ];

  readonly #draw = paced(() => this.requestUpdate(), drawTime);
  /** Whether the file is compressed as a whole: requests are for other bytes than those of the HDUs. */
  #isCompressed = false;

  override get drawnAfter(): readonly (keyof ModelEvents)[] {
    return ["file", "hdus"];
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.whileOpen(this.model.on("request", this.#draw));
    this.whileOpen(this.#draw.cancel);
    this.whileOpen(this.model.on("file", () => void this.#look()));
    void this.#look();
  }

  override render(): TemplateResult {
    const summary = this.model.profile.summary();
    const { events } = summary;
    // What lies beside the file, an overview for example, is in the list but not on the map.
    const own = events.filter(({ url }) => url === events[0]?.url);
    return html`${this.#numbersTemplate(summary)} ${this.#mapTemplate(own)} ${timeTemplate(events.slice(-mostTimed))}
      <div class="controls">
        <button
          class="plain-border"
          ?disabled=${events.length === 0}
          title="As a HAR file, which the developer tools of browsers open"
          @click=${() => download([JSON.stringify(toHar(this.model.profile.summary(), this.model.startedAt))], "fitslice.har", "application/json")}
        >
          Save HAR
        </button>
        <span class="quiet">${events.length > mostListed ? `The last ${mostListed} of ${summary.requests} requests` : ""}</span>
      </div>
      <div class="scroll" tabindex="0" role="region" aria-label="Requests">
        <table>
          <thead>
            <tr>
              <th>For</th>
              <th class="number">Offset</th>
              <th class="number">Bytes</th>
              <th class="number">ms</th>
              <th class="number">Status</th>
            </tr>
          </thead>
          <tbody>
            ${events.slice(-mostListed).reverse().map(rowTemplate)}
          </tbody>
        </table>
      </div>`;
  }

  async #look(): Promise<void> {
    const { fits } = this.model;
    this.#isCompressed = false;
    if (!fits) return;
    const { decompressed } = await fits.explain(done(undefined));
    if (this.model.fits !== fits) return;
    this.#isCompressed = decompressed;
    this.requestUpdate();
  }

  #numbersTemplate(summary: ProfileSummary): TemplateResult {
    const size = this.#isCompressed ? undefined : this.model.fits?.size;
    const numbers: readonly (readonly [name: string, text: string, title?: string])[] = [
      ["Moved", bytesText(summary.bytes)],
      size
        ? ["Of the file", shareText(summary.bytes / size), bytesText(size)]
        : ["Of the file", "unknown", "The size of what is moved is not known"],
      ["Requests", String(summary.requests)],
      ["Round trips", String(summary.roundTrips), "How often a read had to wait for an answer to ask on"],
      ["Reading", `${summary.seconds.toFixed(2)} s`, "Seconds during which some read was under way"],
      ["Extra", bytesText(summary.wasteBytes), "Gaps between ranges, bytes read ahead, and repeats"],
    ];
    return html`<dl class="numbers">
      ${numbers.map(([name, text, title = ""]) => html`<div title=${title}><dt>${name}</dt><dd class="number">${text}</dd></div>`)}
    </dl>`;
  }

  #mapTemplate(events: readonly RequestEvent[]): TemplateResult {
    const ranges = events.flatMap(movedRanges);
    const end = ranges.reduce((most, { offset, length }) => Math.max(most, offset + length), 0);
    const size = (this.#isCompressed ? undefined : this.model.fits?.size) ?? end;
    const shares = movedShares(ranges, size, bins);
    const hdus = this.#isCompressed ? [] : this.model.hdus;
    const touched = shares.reduce((count, share) => count + (share > 0 ? 1 : 0), 0);
    return html`<figure>
      <figcaption>
        <span>${this.#isCompressed ? "The compressed file, as far as it was read" : "The file"}</span>
        <span class="number">${bytesText(size)}</span>
      </figcaption>
      <svg
        role="img"
        aria-label="Map of the file: ${shareText(touched / bins)} of its parts were touched, ${hdus.length} HDUs"
        viewBox="0 0 ${bins} ${mapHeight}"
        height=${mapHeight}
        preserveAspectRatio="none"
      >
        <rect class="ground" width=${bins} height=${mapHeight}></rect>
        ${[...shares].map((share, bin) =>
          share > 0
            ? svg`<rect class="moved" x=${bin} width="1" height=${mapHeight} fill-opacity=${0.25 + 0.75 * share}></rect>`
            : "",
        )}
      </svg>
      ${hdusTemplate(hdus, size)}
    </figure>`;
  }
}

/** Which HDU lies where, below the map. */
function hdusTemplate(hdus: readonly HduLayout[], size: number): TemplateResult {
  return html`<svg class="hdus" height=${hdusHeight} aria-hidden="true">
    ${hdus.slice(0, mostHdus).map(({ headerOffset, end, index, name }) => {
      const [x, width] = [(headerOffset / size) * 100, ((end - headerOffset) / size) * 100];
      const text = `${index}${name && width > 12 ? ` ${name.slice(0, Math.floor(width / 2.5))}` : ""}`;
      return svg`<rect class=${index % 2 === 0 ? "even" : "odd"} x="${x}%" width="${Math.max(0, width)}%" height="3"></rect>
        ${width > 2 ? svg`<text x="${x + width / 2}%" y=${hdusHeight - 1}>${text}</text>` : ""}`;
    })}
  </svg>`;
}

function timeTemplate(events: readonly RequestEvent[]): TemplateResult {
  const { lanes, count } = lanesOf(events, mostLanes);
  const start = events[0]?.start ?? 0;
  const end = events.reduce((latest, event) => Math.max(latest, event.end), start);
  const width = 1000;
  const place = (seconds: number): number => ((seconds - start) / (end - start || 1)) * width;
  // What is narrower than a pixel of the screen is seen all the same.
  const least = 2;
  const height = Math.max(1, count) * laneHeight;
  return html`<figure>
    <figcaption>
      <span>Time, ${events.length} requests</span>
      <span class="number">${start.toFixed(2)} to ${end.toFixed(2)} s</span>
    </figcaption>
    <svg
      role="img"
      aria-label="Time line: ${events.length} requests within ${(end - start).toFixed(2)} seconds, up to ${count} at once"
      viewBox="0 0 ${width} ${height}"
      height=${height}
      preserveAspectRatio="none"
    >
      ${events.map((event, i) => {
        const y = lanes[i]! * laneHeight + 1;
        const [from, first, to] = [place(event.start), place(event.firstByte), place(event.end)];
        return svg`<rect class="wait" x=${from} y=${y} width=${Math.max(0, first - from)} height=${laneHeight - 2}></rect>
          <rect class=${endOf(event)} x=${first} y=${y} width=${Math.max(least, to - first)} height=${laneHeight - 2}></rect>`;
      })}
    </svg>
  </figure>`;
}

/** How a request ended: it came, it was cancelled because nobody wanted it any more, or it failed. */
function endOf({ failure }: RequestEvent): "came" | "left" | "failed" {
  return failure === undefined ? "came" : failure === "aborted" ? "left" : "failed";
}

function rowTemplate(event: RequestEvent): TemplateResult {
  const { label, offset, length, parts, start, end, status, failure, url } = event;
  return html`<tr class=${endOf(event)} title=${url}>
    <td class="label">${label}${failure === undefined ? "" : `: ${failure}`}${parts ? html` <span class="quiet">${parts.length} ranges</span>` : ""}</td>
    <td class="number">${offset}</td>
    <td class="number">${length}</td>
    <td class="number">${((end - start) * 1000).toFixed(0)}</td>
    <td class="number">${status || ""}</td>
  </tr>`;
}
