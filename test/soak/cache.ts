/**
 * Four processes that read 50 files through one cache too small for them, while some are killed in the middle of it, files
 * change, and entries are damaged. Every pixel is right and of one version, and the cache never holds more than its limit.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { readdirSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as pause } from "node:timers/promises";
import { bundle } from "../../scripts/run-ts.mjs";
import { seeded } from "../servers/content.js";
import { startRangeServer } from "../servers/range-server.js";
import { cacheFile, fileName, files, versions } from "./cache-files.js";
import type { ReaderTask } from "./cache-reader.js";
import type { SoakOptions, SoakResult, Violation } from "./report.js";

const processes = 4;
const limit = 64_000_000;

export async function soakCache({ count, seed, folder: parent }: SoakOptions): Promise<SoakResult> {
  const random = seeded(seed);
  const folder = join(parent, "cache");
  const version = new Uint8Array(files);
  const server = await startRangeServer({
    files: Object.fromEntries(Array.from({ length: files }, (_, i) => [fileName(i), cacheFile(i, 0)])),
  });
  const script = await bundle("test/soak/cache-reader.ts");
  const violations: Violation[] = [];
  const counts = { right: 0, changed: 0, held: 0, killed: 0, damaged: 0, replaced: 0 };
  let left = count;
  let peak = 0;
  let seeds = seed * 1000;
  const readers = new Set<ChildProcess>();

  /** One process after the other, each killed or at its end, until all sections are read. */
  async function readOn(): Promise<void> {
    while (left > 0) {
      const task: ReaderTask = { url: server.url, folder, limit, seed: seeds++, count: Math.min(left, 500) };
      const child = spawn(process.execPath, [script, JSON.stringify(task)], {
        stdio: ["ignore", "pipe", "inherit"],
      });
      readers.add(child);
      const ended = new Promise<void>((resolve) => child.once("close", () => resolve()));
      for await (const line of createInterface({ input: child.stdout! })) {
        left--;
        const [word, moved] = line.split(" ");
        if (word === "right") counts.right++;
        else if (word === "changed") counts.changed++;
        else violations.push({ kind: "wrong", text: line });
        if (word === "right" && moved === "1") counts.held++;
      }
      await ended;
      readers.delete(child);
    }
  }

  /** Looks at the folder all the time, and disturbs the readers now and then. */
  async function disturb(): Promise<void> {
    while (left > 0) {
      const found = entriesIn(folder);
      peak = Math.max(
        peak,
        found.reduce((sum, { size }) => sum + size, 0),
      );
      const dice = random();
      const victim = found[Math.floor(random() * found.length)];
      const [reader] = readers;
      if (dice < 0.05 && reader) {
        reader.kill("SIGKILL");
        counts.killed++;
      } else if (dice < 0.3 && victim && !victim.path.endsWith(".json")) {
        damage(victim.path, victim.size, random);
        counts.damaged++;
      } else if (dice < 0.4) {
        const file = Math.floor(random() * files);
        if (version[file]! + 1 < versions) server.set(fileName(file), cacheFile(file, ++version[file]!));
        counts.replaced++;
      }
      await pause(100);
    }
  }

  try {
    await Promise.all([...Array.from({ length: processes }, readOn), disturb()]);
  } finally {
    for (const reader of readers) reader.kill("SIGKILL");
    await server.close();
  }
  const final = entriesIn(folder).reduce((sum, { size }) => sum + size, 0);
  peak = Math.max(peak, final);
  if (peak > limit) violations.push({ kind: "memory", text: `${peak} bytes on disk, of at most ${limit}` });
  if (count >= 1000 && counts.held === 0)
    violations.push({ kind: "wrong", text: "no section came from the cache" });
  return { numbers: { sections: count, ...counts, "bytes at most": peak, "bytes left": final }, violations };
}

/** A process may write, and remove, at any moment. */
function entriesIn(folder: string): { path: string; size: number }[] {
  const found: { path: string; size: number }[] = [];
  const names = ((): string[] => {
    try {
      return readdirSync(folder, { recursive: true, encoding: "utf8" });
    } catch {
      return [];
    }
  })();
  for (const name of names) {
    const path = join(folder, name);
    const state = statSync(path, { throwIfNoEntry: false });
    if (state?.isFile()) found.push({ path, size: state.size });
  }
  return found;
}

/** Cuts a file off, or writes something else into it. */
function damage(path: string, size: number, random: () => number): void {
  try {
    if (random() < 0.5) truncateSync(path, Math.floor(random() * size));
    else writeFileSync(path, new Uint8Array(1 + Math.floor(random() * 200)), { flag: "r+" });
  } catch {}
}
