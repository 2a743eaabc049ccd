import type { Report } from "./results.js";
export async function writePages(_r: Report, _t: string, _d: boolean): Promise<void> {}
