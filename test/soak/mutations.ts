import type { SoakOptions, SoakResult } from "./report.js";
export async function soakMutations(_: SoakOptions): Promise<SoakResult> {
  return { numbers: {}, violations: [] };
}
