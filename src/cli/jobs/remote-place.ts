/**
 * A bucket as the place of outputs.
 */
import { badUsage } from "../failure.js";
import type { SharedOptions } from "../options.js";
import type { OutputPlace } from "./place.js";

export async function remotePlace(output: string, _: SharedOptions): Promise<OutputPlace> {
  throw badUsage(`${output}: outputs go to a folder`);
}
