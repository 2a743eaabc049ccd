/**
 * A progress bar on stderr, for transfers that take a while; none where nobody looks.
 */
import cliProgress from "cli-progress";
import { byteText } from "./output.js";

export interface Progress {
  advance(bytes: number): void;
  stop(): void;
}

/** Less than this is read before anybody could look at a bar. */
const worthShowing = 8_000_000;

export function progressBar(total: number, what: string, done = 0): Progress {
  if (!process.stderr.isTTY || total < worthShowing)
    return { advance: () => undefined, stop: () => undefined };
  const bar = new cliProgress.SingleBar(
    {
      format: `${what} {bar} {percentage} %  {done} of {all}  {eta_formatted} left`,
      stream: process.stderr,
      clearOnComplete: true,
      hideCursor: true,
    },
    cliProgress.Presets.shades_classic,
  );
  let now = done;
  const payload = (): object => ({ done: byteText(now), all: byteText(total) });
  bar.start(total, now, payload());
  return {
    advance(bytes) {
      now += bytes;
      bar.update(now, payload());
    },
    stop: () => bar.stop(),
  };
}
