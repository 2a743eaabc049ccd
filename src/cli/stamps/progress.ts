/**
 * A bar that counts stamps; none where nobody looks.
 */
import { secondsLeft } from "../progress.js";

export interface CountBar {
  advance(count: number): void;
  stop(): void;
}

/** As `progressBar`, of a count. */
export async function countBar(total: number, done: number, what: string): Promise<CountBar> {
  const shown = process.stderr.isTTY && process.env["TERM"] !== "dumb" && total - done > 100;
  if (!shown) return { advance: () => undefined, stop: () => undefined };
  const { default: cliProgress } = await import("cli-progress");
  const since = performance.now();
  let now = done;
  const bar = new cliProgress.SingleBar(
    {
      format(look, params, payload) {
        const seconds = (performance.now() - since) / 1000;
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
  bar.start(total, done);
  return {
    advance(count) {
      now += count;
      bar.update(now);
    },
    stop: () => bar.stop(),
  };
}
