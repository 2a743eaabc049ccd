/**
 * Keeps a second program off what one is writing bit by bit.
 */
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { cannotWrite, Failure } from "./failure.js";
import { removeAtExit } from "./signals.js";

/**
 * Makes the file at `path` for as long as this program lives, or until the answer is called. Throws `Failure` where another
 * program has it; `what` is what is locked.
 */
export function lock(path: string, what: string): () => void {
  const mine = `${hostname()} ${process.pid}`;
  for (let tries = 0; ; tries++) {
    try {
      writeFileSync(path, mine, { flag: "wx" });
      const forget = removeAtExit(path);
      return () => {
        rmSync(path, { force: true });
        forget();
      };
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code !== "EEXIST") throw cannotWrite(path, cause);
    }
    const [host, pid] = readFileSync(path, "utf8").split(" ");
    if (tries > 0 || (host === hostname() && isAlive(Number(pid))))
      throw new Failure(1, `${what}: another fitslice (process ${pid}) is at work there`);
    rmSync(path, { force: true });
  }
}

/** Whether a process of this machine runs. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
