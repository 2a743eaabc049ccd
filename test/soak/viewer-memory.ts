/** Memory of a browser's processes, by /proc. */
import { readdirSync, readFileSync } from "node:fs";

/** Megabytes of the largest process of a kind: what is its own, and its part of what is shared. */
export interface BrowserMemory {
  readonly renderer: number;
  readonly gpu: number;
}

/** Of the processes that come from the process `root`; zeros where there is no /proc. */
export function browserMemory(root: number): BrowserMemory {
  const most = { renderer: 0, gpu: 0 };
  for (const id of familyOf(root)) {
    const kind = /--type=(renderer|gpu)/.exec(textOf(id, "cmdline"))?.[1] as keyof BrowserMemory | undefined;
    if (!kind) continue;
    const kilobytes = Number(/^Pss:\s+(\d+) kB/m.exec(textOf(id, "smaps_rollup"))?.[1] ?? 0);
    most[kind] = Math.max(most[kind], (kilobytes * 1024) / 1e6);
  }
  return most;
}

/** A process, and those that come from it. */
function familyOf(root: number): Set<number> {
  const parents = new Map(processes().map((id) => [id, parentOf(id)]));
  const family = new Set([root]);
  for (let before = 0; before < family.size; ) {
    before = family.size;
    for (const [id, parent] of parents) if (family.has(parent)) family.add(id);
  }
  return family;
}

function processes(): number[] {
  try {
    return readdirSync("/proc")
      .map(Number)
      .filter((id) => id > 0);
  } catch {
    return [];
  }
}

function parentOf(id: number): number {
  return Number(/^PPid:\s+(\d+)/m.exec(textOf(id, "status"))?.[1] ?? 0);
}

/** What /proc says of a process; nothing of one that has ended. */
function textOf(id: number, file: string): string {
  try {
    return readFileSync(`/proc/${id}/${file}`, "utf8");
  } catch {
    return "";
  }
}
