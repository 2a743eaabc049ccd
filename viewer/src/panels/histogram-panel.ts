/** The histogram of what is in sight, with the limits of the picture, which can be moved. */
import type { LimitsRule } from "fitslice/picture";
import { type CSSResultGroup, css, html, type SVGTemplateResult, svg, type TemplateResult } from "lit";
import { digitsWithin, valueText } from "../text.js";
import { chartHeight, frameTemplate, linearScale, type Scale, spans } from "./chart.js";
import { chartStyles } from "./chart-styles.js";
import { barHeight, histogramOf, movedLimits, shownRange } from "./histogram.js";
import { paced } from "./pace.js";
import { Panel } from "./panel.js";

const bins = 160;
/** Values that are counted, at most. */
const mostValues = 100_000;
const rules: readonly LimitsRule[] = ["zscale", "minmax", "99.9%", "99.5%", "99%", "95%"];

export class HistogramPanel extends Panel {
  static override styles: CSSResultGroup = [
    Panel.styles,
    chartStyles,
    css`
      .chart path.bars {
        fill: var(--field-line);
      }
      .chart .outside {
        fill: var(--ground);
        fill-opacity: 0.6;
      }
      .limit {
        cursor: ew-resize;
        touch-action: none;
      }
      .limit line {
        stroke: var(--accent);
        stroke-width: 1.5;
      }
      .limit .grip {
        fill: var(--accent);
      }
      .limit .reach {
        fill: transparent;
      }
      .limit:focus-visible {
        outline: 2px solid var(--accent);
        outline-offset: -4px;
      }
      .fields label {
        display: flex;
        align-items: center;
        gap: 6px;
        flex: 1 1 120px;
      }
      .fields input {
        flex: 1;
        width: 60px;
      }
    `,
  ];

  #isLog = true;
  #isWhole = false;
  #values: Float64Array<ArrayBuffer> = new Float64Array();
  /** The range stays while a limit is moved. */
  #held: readonly [number, number] | undefined;
  readonly #draw = paced(() => this.requestUpdate(), 200);
  readonly #sample = paced(() => {
    this.#values = this.model.image ? this.screen.sample(mostValues).slice() : new Float64Array();
    this.requestUpdate();
  }, 400);

  override connectedCallback(): void {
    super.connectedCallback();
    this.#sample();
    for (const event of ["progress", "idle"] as const) this.whileOpen(this.screen.on(event, this.#sample));
    this.whileOpen(this.screen.on("limits", this.#draw));
    this.whileOpen(this.model.on("image", this.#sample));
    this.whileOpen(this.viewer.on("view", this.#sample));
    this.whileOpen(this.#sample.cancel);
    this.whileOpen(this.#draw.cancel);
    const sizes = new ResizeObserver(() => this.requestUpdate());
    sizes.observe(this);
    this.whileOpen(() => sizes.disconnect());
  }

  override render(): TemplateResult {
    const { image, state } = this.model;
    if (!image) return html`<p class="pad quiet">No picture is shown</p>`;
    const isManual = state.vmin !== undefined || state.vmax !== undefined;
    return html`<div class="scroll">
      <div class="controls" role="group" aria-label="Limits by a rule">
        ${rules.map(
          (rule) => html`<button
            class="plain-border"
            aria-pressed=${!isManual && state.limits === rule}
            @click=${() => this.model.update({ limits: rule, vmin: undefined, vmax: undefined })}
          >
            ${rule}
          </button>`,
        )}
      </div>
      ${this.#values.length > 0 ? this.#chartTemplate() : html`<p class="pad quiet">${this.screen.coverage().missing < 1 ? "No pixel that was read has a value" : "Nothing was read yet"}</p>`}
      <div class="controls fields">${this.#fieldTemplate("vmin", "Low")} ${this.#fieldTemplate("vmax", "High")}</div>
      <div class="controls">
        <label>
          <input type="checkbox" .checked=${this.#isLog} @change=${() => this.#toggle("log")} />
          Log counts
        </label>
        <label>
          <input type="checkbox" .checked=${this.#isWhole} @change=${() => this.#toggle("whole")} />
          Whole range
        </label>
        <span class="quiet">${this.#values.length} value${this.#values.length === 1 ? "" : "s"} in sight</span>
      </div>
    </div>`;
  }

  #toggle(which: "log" | "whole"): void {
    if (which === "log") this.#isLog = !this.#isLog;
    else this.#isWhole = !this.#isWhole;
    this.requestUpdate();
  }

  #chartTemplate(): TemplateResult {
    const width = Math.max(240, this.clientWidth - 8);
    const height = chartHeight(this);
    const { limits } = this.screen;
    const range = this.#held ?? shownRange(this.#values, limits, this.#isWhole);
    const { counts } = histogramOf(this.#values, range, bins);
    const most = counts.reduce((a, b) => Math.max(a, b), 0);
    const span = spans(width, height);
    const x = linearScale(range, span.x, width / 90);
    const y: Scale = {
      ...linearScale([0, most || 1], span.y, 4),
      ticks: countTicks(most, this.#isLog, span.y),
    };
    const [bottom, top] = span.y;
    const bars = [...counts]
      .map((count, i) => {
        if (count === 0) return "";
        const step = (span.x[1] - span.x[0]) / bins;
        const high = bottom - barHeight(count, most, this.#isLog) * (bottom - top);
        return `M${(span.x[0] + i * step).toFixed(2)} ${bottom}V${high.toFixed(1)}h${step.toFixed(2)}V${bottom}z`;
      })
      .join("");
    const frame = {
      width,
      height,
      x,
      y: placed(y, span.y, most, this.#isLog),
      xLabel: this.#unit,
      yLabel: "",
    };
    const [low, high] = [x.toPlace(limits.vmin), x.toPlace(limits.vmax)];
    return html`<div class="chart">
      <svg viewBox="0 0 ${width} ${height}" height=${height} role="group" aria-label="Histogram">
        <path class="bars" d=${bars}></path>
        <rect class="outside" x=${span.x[0]} y=${top} width=${Math.max(0, low - span.x[0])} height=${bottom - top}></rect>
        <rect class="outside" x=${high} y=${top} width=${Math.max(0, span.x[1] - high)} height=${bottom - top}></rect>
        ${frameTemplate(frame)} ${this.#limitTemplate("vmin", "Low limit", x, span.y)}
        ${this.#limitTemplate("vmax", "High limit", x, span.y)}
      </svg>
    </div>`;
  }

  get #unit(): string {
    const unit = this.model.image?.header.get("BUNIT");
    return typeof unit === "string" ? unit.trim() : "";
  }

  #limitTemplate(
    which: "vmin" | "vmax",
    label: string,
    x: Scale,
    [bottom, top]: readonly [number, number],
  ): SVGTemplateResult {
    const value = this.screen.limits[which];
    const place = x.toPlace(value);
    const move = (event: PointerEvent): void => {
      const grip = event.currentTarget as SVGGElement;
      if (!grip.hasPointerCapture(event.pointerId)) return;
      const box = grip.ownerSVGElement!.getBoundingClientRect();
      const width = Math.max(240, this.clientWidth - 8);
      this.#set(which, x.toValue(((event.clientX - box.left) / box.width) * width), x);
    };
    return svg`<g
      class="limit"
      role="slider"
      tabindex="0"
      aria-label=${label}
      aria-valuemin=${x.from}
      aria-valuemax=${x.to}
      aria-valuenow=${value}
      aria-valuetext=${valueText(value, digitsWithin(x.from, x.to, 5))}
      @pointerdown=${(event: PointerEvent) => {
        (event.currentTarget as SVGGElement).setPointerCapture(event.pointerId);
        this.#held = [x.from, x.to];
      }}
      @pointermove=${move}
      @lostpointercapture=${() => {
        this.#held = undefined;
        this.requestUpdate();
      }}
      @keydown=${(event: KeyboardEvent) => {
        const step = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1 }[event.key];
        if (!step || event.ctrlKey || event.altKey || event.metaKey) return;
        event.preventDefault();
        this.#set(which, value + step * (event.shiftKey ? 0.05 : 0.005) * (x.to - x.from), x);
      }}
    >
      <rect class="reach" x=${place - 9} y=${top} width="18" height=${bottom - top + 8}></rect>
      <line x1=${place} x2=${place} y1=${top} y2=${bottom}></line>
      <path class="grip" d="M${place} ${bottom - 1}l5 7h-10z"></path>
    </g>`;
  }

  #set(which: "vmin" | "vmax", value: number, { from, to }: Scale): void {
    const least = (to - from) * 1e-3;
    const within = Math.min(to, Math.max(from, value));
    const rounded = Number(within.toPrecision(digitsWithin(from, to, 6)));
    this.model.update(movedLimits(this.screen.limits, which, rounded, least));
  }

  #fieldTemplate(which: "vmin" | "vmax", label: string): TemplateResult {
    const { vmin, vmax } = this.screen.limits;
    return html`<label>
      ${label}
      <input
        class="number"
        type="text"
        inputmode="decimal"
        .value=${valueText(which === "vmin" ? vmin : vmax, digitsWithin(vmin, vmax, 6))}
        @change=${(event: Event) => {
          const { value } = event.currentTarget as HTMLInputElement;
          const number = value.trim() === "" ? undefined : Number(value);
          if (number === undefined || Number.isFinite(number)) this.model.update({ [which]: number });
          this.requestUpdate();
        }}
      />
    </label>`;
  }
}

/** Round counts up to the largest one. */
function countTicks(most: number, isLog: boolean, span: readonly [number, number]): Scale["ticks"] {
  if (!isLog) return linearScale([0, most || 1], span, 4).ticks.filter(({ value }) => value % 1 === 0);
  const ticks = [];
  for (let value = 1; value <= most; value *= 10) ticks.push({ value, text: String(value) });
  return ticks;
}

/** The scale of counts, whose places are those of the bars. */
function placed(scale: Scale, [bottom, top]: readonly [number, number], most: number, isLog: boolean): Scale {
  return { ...scale, toPlace: (count) => bottom - barHeight(count, most, isLog) * (bottom - top) };
}
