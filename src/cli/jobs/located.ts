/**
 * Names of files as they are for a process that runs elsewhere.
 */
import { resolve } from "node:path";
import { badUsage } from "../failure.js";
import { isRemote } from "../stamps/work.js";
import { isAddress } from "./job-folder.js";

/** A source as any process of this machine, or of others that see the same disk, finds it. */
export function located(source: string): string {
  return isRemote(source) || /^file:/i.test(source) ? source : resolve(source);
}

/** Where outputs go, by the user; default: beside the shards, wherever the folder of the job is mounted. */
export function locatedOutput(to: string | undefined): string {
  if (to === undefined) return "output";
  if (to.trim() === "") throw badUsage("--to is empty; name a folder, or s3://bucket/prefix");
  if (!isAddress(to)) return resolve(to);
  if (/^(s3|gs|az):\/\//i.test(to)) return to.replace(/\/+$/, "");
  throw badUsage(
    `--to ${to.split(":")[0]}:// cannot be written; outputs go to a folder, s3://, gs:// or az://`,
  );
}
