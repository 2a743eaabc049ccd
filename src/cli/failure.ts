/**
 * How a command ends when it does not end well.
 */
import { mkdirSync } from "node:fs";
import { FitsError } from "fitslice";

/** What ends a command without being FITS's fault, with the exit code of the process: 1 failed, 2 wrong usage. */
export class Failure extends Error {
  override readonly name: string = "Failure";
  readonly exitCode: number;

  /** @param message one line; an empty one is not shown */
  constructor(exitCode: number, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.exitCode = exitCode;
  }
}

/** Whether what was thrown is the fault of one file: others of the same command line may be read all the same. */
export function failsOneFile(error: unknown): error is Error {
  if (error instanceof FitsError) return error.code !== "BAD_ARGUMENT";
  return error instanceof Failure && error.exitCode === 1;
}

/** The user's command line cannot be meant so. */
export function badUsage(message: string): Failure {
  return new Failure(2, message);
}

/** A file is where an output is to go, and nobody said that it may go. */
export function alreadyThere(path: string): Failure {
  return badUsage(`${path} exists; add --force to replace it`);
}

const reasons: Readonly<Record<string, string>> = {
  ENOENT: "there is no such folder",
  ENOTDIR: "a part of its path is not a folder",
  EISDIR: "it is a folder",
  EACCES: "permission denied",
  EPERM: "permission denied",
  EROFS: "the file system is read-only",
  ENOSPC: "no space is left on the device",
  EDQUOT: "the disk quota is used up",
  EFBIG: "the file is larger than is allowed there",
  EEXIST: "something of that name is in the way",
  ENAMETOOLONG: "the name is too long",
  ELOOP: "its links lead in a circle",
  EPIPE: "its reader has left",
  EIO: "the device failed",
};

/** Says in words why the system refused. */
export function reasonOf(cause: unknown): string {
  const { code = "", message } = cause as NodeJS.ErrnoException;
  return reasons[code] ?? message;
}

/** A file that the user named cannot be written. */
export function cannotWrite(path: string, cause: unknown): Failure {
  return new Failure(1, `cannot write ${path}: ${reasonOf(cause)}`, { cause });
}

/** Makes a folder, and those around it. */
export function makeFolder(path: string): void {
  try {
    mkdirSync(path, { recursive: true });
  } catch (cause) {
    // Node says so of a file system that is read-only, too; without `recursive` it tells the reason.
    if ((cause as NodeJS.ErrnoException).code === "ENOENT") mkdirSync(path);
    else throw cause;
  }
}

/** A server cannot listen where the user wants it to. */
export function cannotListen(host: string, port: number, cause: unknown): Failure {
  const { code } = cause as NodeJS.ErrnoException;
  const why: Record<string, string> = {
    EADDRINUSE: "another program listens there; give another --port, or 0 for a free one",
    EADDRNOTAVAIL: "this machine has no such address",
    ENOTFOUND: "there is no such host",
    EACCES: "this port takes the rights of an administrator; give a --port above 1023",
  };
  return new Failure(1, `cannot listen at ${host}:${port}: ${why[code ?? ""] ?? reasonOf(cause)}`, { cause });
}

/** Whether a write failed because there is no room. */
export function isFull(error: unknown): boolean {
  const { code } = ((error as Error | undefined)?.cause ?? error ?? {}) as NodeJS.ErrnoException;
  return code === "ENOSPC" || code === "EDQUOT" || code === "EFBIG";
}
