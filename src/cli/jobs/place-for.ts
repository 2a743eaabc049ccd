/**
 * The place that a job names.
 */
import { resolve } from "node:path";
import type { SharedOptions } from "../options.js";
import { diskPlace } from "./disk-place.js";
import { isAddress, type JobNote } from "./job-folder.js";
import type { OutputPlace } from "./place.js";

/** The place of a job's output. */
export async function placeFor(
  job: string,
  { output }: Pick<JobNote, "output">,
  access: SharedOptions,
): Promise<OutputPlace> {
  if (!isAddress(output)) return diskPlace(isAddress(job) ? resolve(output) : resolve(job, output));
  const { remotePlace } = await import("./remote-place.js");
  return remotePlace(output, access);
}
