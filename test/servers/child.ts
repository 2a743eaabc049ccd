/**
 * A range server or S3 server as a process of its own, so that a client under measurement has its core to itself.
 * Not run as it stands: `spawnServer` bundles it.
 *
 * argv[2] is a JSON of ChildConfig. It prints one line of JSON, `{ "url", "port" }`, answers each line on standard
 * input with one line, its requests since the line before, and ends when standard input does.
 */
import { readdirSync } from "node:fs";
import { join, relative } from "node:path";
import { createInterface } from "node:readline";
import { type Content, fileOnDisk, fileWhenRead } from "./content.js";
import type { FaultOptions } from "./faults.js";
import { type RangeServer, startRangeServer } from "./range-server.js";
import { type Account, startS3Server } from "./s3-server.js";

/** What a server in another process serves, and how. Files are paths on disk. */
export interface ChildConfig {
  /** Plain HTTP: by path, with its slash. */
  readonly files?: Readonly<Record<string, string>>;
  /** Plain HTTP, too: all files of a folder, by their path in it; they are opened as they are asked for. */
  readonly folder?: string;
  /** S3 instead: by bucket, then by key. */
  readonly buckets?: Readonly<Record<string, ChildBucket>>;
  readonly accounts?: readonly Account[];
  readonly region?: string;
  readonly latency?: number;
  readonly connectionThroughput?: number;
  readonly totalThroughput?: number;
  readonly cors?: boolean;
  readonly faults?: FaultOptions;
  readonly port?: number;
}

export interface ChildBucket {
  readonly objects: Readonly<Record<string, string>>;
  readonly public?: boolean;
  readonly requesterPays?: boolean;
}

const config = JSON.parse(process.argv[2] ?? "{}") as ChildConfig;
const server = await start(config);
console.log(JSON.stringify({ url: server.url, port: server.port }));
for await (const _ of createInterface({ input: process.stdin })) {
  console.log(JSON.stringify(server.requests.splice(0).map(({ headers: _, ...request }) => request)));
}
await server.close();
process.exit(0);

function start({ files, folder, buckets, ...rest }: ChildConfig): Promise<RangeServer> {
  if (!buckets) return startRangeServer({ ...rest, files: { ...onDisk(files ?? {}), ...inFolder(folder) } });
  const named = Object.entries(buckets).map(([name, bucket]) => [
    name,
    { ...bucket, objects: onDisk(bucket.objects) },
  ]);
  return startS3Server({ ...rest, buckets: Object.fromEntries(named) });
}

function inFolder(folder: string | undefined): Record<string, Content> {
  if (folder === undefined) return {};
  const found = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) =>
    entry.isFile(),
  );
  const paths = found.map((entry) => join(entry.parentPath, entry.name));
  return Object.fromEntries(paths.map((path) => [`/${relative(folder, path)}`, fileWhenRead(path)]));
}

function onDisk(paths: Readonly<Record<string, string>>): Record<string, Content> {
  return Object.fromEntries(Object.entries(paths).map(([name, path]) => [name, fileOnDisk(path)]));
}
