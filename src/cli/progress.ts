/**
 * A progress bar on stderr, for transfers that take a while; none where nobody looks.
 */
import type { SharedOptions } from "./options.js";
import { byteText } from "./output.js";

export interface Progress {
  advance(bytes: number): void;
  stop(): void;
}

/** Less than this is read before anybody could look at a bar. */
const worthShowing = 8_000_000;

/**
 * A bar for `total` bytes (a count where that is not known), `done` of them already there. None where stderr is no terminal, and none beside --profile,
 * whose lines would tear it. The code that draws it is loaded when there is one.
 */
export async function progressBar(
  total: number | undefined,
  what: string,
  options: SharedOptions,
  done = 0,
): Promise<Progress> {
  if (!process.stderr.isTTY || options.profile || (total ?? worthShowing) < worthShowing)
    return { advance: () => undefined, stop: () => undefined };
  const { default: cliProgress } = await import("cli-progress");
  const bar = new cliProgress.SingleBar(
    {
      format:
        total === undefined
          ? `${what} {done}`
          : `${what} {bar} {percentage} %  {done} of {all}  {eta_formatted} left`,
      stream: process.stderr,
      clearOnComplete: true,
      hideCursor: true,
    },
    cliProgress.Presets.shades_classic,
  );
  let now = done;
  const payload = (): object => ({ done: byteText(now), all: byteText(total ?? now) });
  bar.start(total ?? 0, now, payload());
  return {
    advance(bytes) {
      now += bytes;
      bar.update(now, payload());
    },
    stop: () => bar.stop(),
  };
}
