/**
 * Objects of S3 and of servers compatible with it.
 */
import type { SourceOptions } from "./options.js";
import type { ByteSource } from "./source.js";

export async function s3Source(_url: string, _options: SourceOptions = {}): Promise<ByteSource> {
  throw new Error("not yet");
}
