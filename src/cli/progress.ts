/**
 * The progress line of a command on stderr: how much of the work is done, and how long the rest takes. The line is drawn on terminals
 * only, and only for commands that take longer than a second.
 */
import type { SingleBar } from "cli-progress";
import type { RequestEvent } from "fitslice";
import { byteText, clearBeforeText, isWatched } from "./output.js";

export interface Progress {
  /** So many bytes, or things, more are done. */
  advance(count: number): void;
  /** So many of them are done in all. */
  reach(count: number): void;
  /** How many there are in all, and how many of them were there before, once that is known. */
  expect(total: number, done: number): void;
  stop(): void;
}

/** Milliseconds after which a command is one that lasts. */
const lasts = 1000;
/** Milliseconds between two looks whether there is something to draw. */
const looking = 200;
/** Seconds of data from which the time left can be told; before that it would jump about. */
const settled = 3;

interface Gauge {
  readonly what: string;
  readonly textOf: (count: number) => string;
  total: number | undefined;
  before: number;
  now: number;
  since: number;
}

/** Tasks under way. The task that began last is shown: an inner task knows its total, where the task around it often does not. */
const gauges: Gauge[] = [];
let timer: ReturnType<typeof setInterval> | undefined;
let began = 0;
let library: typeof import("cli-progress") | undefined;
let shown: { readonly gauge: Gauge; readonly bar: SingleBar } | undefined;

/** Draws what is under way, once that lasts. The code that draws is loaded then. */
function draw(): void {
  const gauge = gauges.at(-1);
  if (!gauge || performance.now() - began < lasts) return;
  if (!library) return void load();
  if (shown?.gauge !== gauge) {
    clear();
    const bar = barOf(gauge, library);
    bar.start(gauge.total ?? 0, gauge.now);
    shown = { gauge, bar };
    clearBeforeText(clear);
  }
  shown.bar.setTotal(gauge.total ?? 0);
  shown.bar.update(gauge.now);
}

async function load(): Promise<void> {
  library ??= (await import("cli-progress")).default;
}

/** Loads the code that draws, before calculations during which nothing can be loaded. */
export async function readyToDraw(): Promise<void> {
  if (isWatched()) await load();
}

function clear(): void {
  shown?.bar.stop();
  shown = undefined;
}

function barOf(gauge: Gauge, { Format, Presets, SingleBar }: typeof import("cli-progress")): SingleBar {
  return new SingleBar(
    {
      format(look, params, payload) {
        const { what, textOf, total, before, now, since } = gauge;
        const formatted = (format: string): string => Format.Formatter({ ...look, format }, params, payload);
        // Where more is read than was expected, as by a second pass, nobody knows how much is left.
        if (!total || now > total) return formatted(`${what} ${textOf(now)}`);
        const left = secondsLeft(total - now, now - before, (performance.now() - since) / 1000);
        const time = left === undefined ? "" : `  ${Format.TimeFormat(left, look, 5)} left`;
        return formatted(`${what} {bar} {percentage} %  ${textOf(now)} of ${textOf(total)}${time}`);
      },
      stream: process.stderr,
      barsize: 20,
      clearOnComplete: true,
      hideCursor: true,
    },
    Presets.shades_classic,
  );
}

const nothing = (): void => {};

function begin(total: number | undefined, what: string, done: number, textOf: Gauge["textOf"]): Progress {
  if (!isWatched()) return { advance: nothing, reach: nothing, expect: nothing, stop: nothing };
  const since = performance.now();
  const gauge: Gauge = { what, textOf, total, before: done, now: done, since };
  if (gauges.push(gauge) === 1) {
    began = since;
    timer = setInterval(draw, looking);
    timer.unref();
  }
  const reach = (count: number): void => {
    gauge.now = count;
    draw(); // the timer does not come where much is calculated
  };
  return {
    advance: (count) => reach(gauge.now + count),
    reach,
    expect(size, there) {
      Object.assign(gauge, { total: size, before: there, now: there, since: performance.now() });
    },
    stop() {
      const at = gauges.indexOf(gauge);
      if (at < 0) return;
      gauges.splice(at, 1);
      if (shown?.gauge === gauge) clear();
      if (gauges.length === 0) clearInterval(timer);
    },
  };
}

/** Shows a transfer of `total` bytes (undefined where that is not known), `done` of them already there, if it lasts. */
export function progressBar(total: number | undefined, what: string, done = 0): Progress {
  return begin(total, what, done, byteText);
}

/** As `progressBar`, of things that are counted. */
export function countBar(total: number | undefined, done: number, what: string): Progress {
  return begin(total, what, done, String);
}

/** Gives things one by one, and shows how many of them were taken. */
export function* counting<T>(things: readonly T[], what: string): Generator<T, undefined> {
  const bar = countBar(things.length, 0, what);
  try {
    for (const thing of things) {
      yield thing;
      bar.advance(1);
    }
  } finally {
    bar.stop();
  }
}

let expected = 0;

/** The bytes that a command is about to read, beside those that it has told before: of them its progress is a share. */
export function expectBytes(bytes: number | undefined): void {
  expected += bytes ?? 0;
  const [gauge] = gauges;
  if (gauge && expected > 0) gauge.total = expected;
}

/** Shows what a command reads, request by request, unless it shows something else. */
export function watchReads(): { onRequest(event: RequestEvent): void; stop(): void } {
  expected = 0;
  const reading = progressBar(undefined, "reading");
  return { onRequest: ({ length }) => reading.advance(length), stop: reading.stop };
}

/** How long the rest will take, by what came so far; undefined where too little came to tell. */
export function secondsLeft(rest: number, received: number, seconds: number): number | undefined {
  if (received <= 0 || seconds < settled) return undefined;
  return Math.ceil((rest * seconds) / received);
}
