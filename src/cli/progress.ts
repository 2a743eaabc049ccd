/**
 * A progress bar on stderr, for transfers that take a while; none where nobody looks.
 */
import type { SharedOptions } from "./options.js";
import { byteText, isWatched } from "./output.js";

export interface Progress {
  advance(bytes: number): void;
  /** How many bytes there are in all, and how many of them were there before, once that is known. */
  expect(total: number, done: number): void;
  stop(): void;
}

/** Less than this is read before anybody could look at a bar. */
const worthShowing = 8_000_000;
/** Seconds of data from which the time left can be told; before that it would jump about. */
const settled = 3;

/**
 * A bar for `total` bytes (a count where that is not known), `done` of them already there. None where stderr is no
 * terminal that can move its cursor, and none beside --profile, whose lines would tear it. The code that draws it is
 * loaded when there is one.
 */
export async function progressBar(
  total: number | undefined,
  what: string,
  options: SharedOptions,
  done = 0,
): Promise<Progress> {
  const shown = isWatched() && !options.profile && !options.verbose;
  if (!shown || (total ?? worthShowing) < worthShowing)
    return { advance: () => undefined, expect: () => undefined, stop: () => undefined };
  const { default: cliProgress } = await import("cli-progress");
  let all = total;
  let before = done;
  let now = done;
  let since = performance.now();
  const bar = new cliProgress.SingleBar(
    {
      format(look, params, payload) {
        const seconds = (performance.now() - since) / 1000;
        const left = all === undefined ? undefined : secondsLeft(all - now, now - before, seconds);
        const time = left === undefined ? "" : `  ${cliProgress.Format.TimeFormat(left, look, 5)} left`;
        const format =
          all === undefined
            ? `${what} ${byteText(now)}`
            : `${what} {bar} {percentage} %  ${byteText(now)} of ${byteText(all)}${time}`;
        return cliProgress.Format.Formatter({ ...look, format }, params, payload);
      },
      stream: process.stderr,
      clearOnComplete: true,
      hideCursor: true,
    },
    cliProgress.Presets.shades_classic,
  );
  bar.start(total ?? 0, now);
  return {
    advance(bytes) {
      now += bytes;
      bar.update(now);
    },
    expect(size, there) {
      if (size < worthShowing) return bar.stop();
      [all, before, now, since] = [size, there, there, performance.now()];
      bar.setTotal(size);
      bar.update(now);
    },
    stop: () => bar.stop(),
  };
}

/** How long the rest will take, by what came so far; undefined where too little came to tell. */
export function secondsLeft(rest: number, received: number, seconds: number): number | undefined {
  if (received <= 0 || seconds < settled) return undefined;
  return Math.ceil((rest * seconds) / received);
}
