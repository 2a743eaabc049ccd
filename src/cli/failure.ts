/**
 * How a command ends when it does not end well.
 */

/** What ends a command without being FITS's fault, with the exit code of the process: 1 failed, 2 bad usage. */
export class Failure extends Error {
  override readonly name: string = "Failure";
  readonly exitCode: number;

  /** @param message one line; an empty one is not shown */
  constructor(exitCode: number, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.exitCode = exitCode;
  }
}

/** The user's command line cannot be meant so. */
export function badUsage(message: string): Failure {
  return new Failure(2, message);
}

const reasons: Readonly<Record<string, string>> = {
  ENOENT: "there is no such folder",
  ENOTDIR: "a part of its path is not a folder",
  EISDIR: "it is a folder",
  EACCES: "permission denied",
  EPERM: "permission denied",
  EROFS: "the file system is read-only",
  ENOSPC: "no space is left on the device",
  EEXIST: "something of that name is in the way",
};

/** A file that the user named cannot be written. */
export function cannotWrite(path: string, cause: unknown): Failure {
  const { code = "", message } = cause as NodeJS.ErrnoException;
  return new Failure(1, `cannot write ${path}: ${reasons[code] ?? message}`, { cause });
}

const controller = new AbortController();

/** Aborted when the user interrupts the program; reads stop, and what was begun is tidied up. */
export const interruption: AbortSignal = controller.signal;

/** The first signal stops the reading; a second one, if that takes too long, the process. */
export function watchSignals(): void {
  for (const [name, number] of [
    ["SIGINT", 2],
    ["SIGTERM", 15],
    ["SIGHUP", 1],
  ] as const) {
    process.once(name, () => controller.abort(new Failure(128 + number, "interrupted")));
  }
}
