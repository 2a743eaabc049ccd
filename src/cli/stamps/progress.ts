/**
 * A bar that counts stamps or files; none where nobody looks.
 */
import { isWatched } from "../output.js";
import { secondsLeft } from "../progress.js";

export interface CountBar {
  advance(count: number): void;
  stop(): void;
}

/** As `progressBar`, of a count; `total` is undefined where nobody knows how many there are. */
export async function countBar(total: number | undefined, done: number, what: string): Promise<CountBar> {
  const isLong = total === undefined || total - done > 100;
  const shown = isWatched() && isLong;
  if (!shown) return { advance: () => undefined, stop: () => undefined };
  const { default: cliProgress } = await import("cli-progress");
  const since = performance.now();
  let now = done;
  const bar = new cliProgress.SingleBar(
    {
      format(look, params, payload) {
        const seconds = (performance.now() - since) / 1000;
        if (total === undefined)
          return cliProgress.Format.Formatter({ ...look, format: `${what} ${now}` }, params, payload);
        const left = secondsLeft(total - now, now - done, seconds);
        const time = left === undefined ? "" : `  ${cliProgress.Format.TimeFormat(left, look, 5)} left`;
        const format = `${what} {bar} {percentage} %  ${now} of ${total}${time}`;
        return cliProgress.Format.Formatter({ ...look, format }, params, payload);
      },
      stream: process.stderr,
      clearOnComplete: true,
      hideCursor: true,
    },
    cliProgress.Presets.shades_classic,
  );
  bar.start(total ?? 0, done);
  return {
    advance(count) {
      now += count;
      bar.update(now);
    },
    stop: () => bar.stop(),
  };
}
