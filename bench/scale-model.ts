/**
 * `node scripts/run-ts.mjs bench/scale-model.ts`: what 10^6, 10^8 and 10^9 stamps cost, as a table of docs/scale.md. A model: the shards are
 * simulated, the counts and times are measured ones, and the prices are inputs.
 */
import { argv } from "node:process";
import { pathToFileURL } from "node:url";
import { seeded } from "../test/servers/content.js";

/** Dollars in us-east-1. */
export interface Prices {
  /** When they were listed. */
  readonly date: string;
  /** S3 Standard: of one GET, of one PUT, of a GB and month. */
  readonly get: number;
  readonly put: number;
  readonly month: number;
  /** One processor for an hour: half a m7g.large, on demand. */
  readonly processor: number;
}

export const prices: Prices = {
  date: "2026-06",
  get: 0.0004 / 1000,
  put: 0.005 / 1000,
  month: 0.023,
  processor: 0.0816 / 2,
};

/** What a shard of so many stamps moves, as `bench/stamps-per-file.ts` counts of a RICE file: requests, and bytes as a part of the file. */
export const counted: readonly {
  readonly stamps: number;
  readonly requests: number;
  readonly share: number;
}[] = [
  { stamps: 1, requests: 3, share: 0.034 },
  { stamps: 3, requests: 5, share: 0.06 },
  { stamps: 10, requests: 10, share: 0.154 },
  { stamps: 30, requests: 24, share: 0.37 },
  { stamps: 100, requests: 39, share: 0.752 },
  { stamps: 300, requests: 49, share: 0.917 },
  { stamps: 1000, requests: 85, share: 0.933 },
];

const model = {
  files: 1e6,
  fileBytes: 10.2e6,
  shardTargets: 1000,
  stampBytes: 17_280,
  /** Beside those of its stamps: the job, and the place of outputs. */
  shardRequests: 2,
  /** Of a shard: its file of stamps, its rows, its manifest. */
  shardObjects: 3,
  /** Processor seconds. */
  perStamp: 0.8e-3,
  perShard: 7e-3,
  processors: 100,
  bytesPerSecond: 5e9,
};

export interface ScaleCost {
  readonly stamps: number;
  readonly touched: number;
  readonly shards: number;
  readonly gets: number;
  readonly read: number;
  readonly puts: number;
  readonly written: number;
  readonly processorHours: number;
  readonly hours: number;
  /** Dollars. */
  readonly requests: number;
  readonly storage: number;
  readonly processors: number;
}

/** What so many stamps cost that fall on the files by chance. */
export function scaleCost(stamps: number, price: Prices = prices): ScaleCost {
  const random = seeded(1);
  let [shards, touched, gets, read] = [0, 0, 0, 0];
  for (let i = 0; i < model.files; i++) {
    let left = poisson(stamps / model.files, random);
    if (left > 0) touched++;
    for (; left > 0; left -= model.shardTargets) {
      const { requests, share } = between(Math.min(left, model.shardTargets));
      shards++;
      gets += model.shardRequests + requests;
      read += share * model.fileBytes;
    }
  }
  const puts = model.shardObjects * shards;
  const written = stamps * model.stampBytes;
  const seconds = stamps * model.perStamp + shards * model.perShard;
  return {
    ...{ stamps, touched, shards, gets, read, puts, written },
    processorHours: seconds / 3600,
    hours: Math.max(seconds / model.processors, (read + written) / model.bytesPerSecond) / 3600,
    requests: gets * price.get + puts * price.put,
    storage: (written / 1e9) * price.month,
    processors: (seconds / 3600) * price.processor,
  };
}

/** The counts of a number of stamps that lies between those that were counted, on lines over its logarithm. */
function between(stamps: number): { requests: number; share: number } {
  const next = Math.max(
    1,
    counted.findIndex((row) => row.stamps >= stamps),
  );
  const [a, b] = [counted[next - 1]!, counted[next]!];
  const part = Math.log(stamps / a.stamps) / Math.log(b.stamps / a.stamps);
  return {
    requests: a.requests + part * (b.requests - a.requests),
    share: a.share + part * (b.share - a.share),
  };
}

/** A count of chance; of large means by the normal distribution. */
function poisson(mean: number, random: () => number): number {
  if (mean > 50) {
    const normal = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
    return Math.max(0, Math.round(mean + Math.sqrt(mean) * normal));
  }
  const limit = Math.exp(-mean);
  let [count, product] = [0, random()];
  for (; product > limit; product *= random()) count++;
  return count;
}

/** The table of docs/scale.md. */
export function scaleTable(price: Prices = prices): string {
  const head = [
    ...["stamps", "files touched", "shards", "GETs", "bytes read", "PUTs", "written"],
    ...[
      "requests",
      "a month of storage",
      "processor hours",
      "dollars of these",
      "hours of 100 cores, 5 GB/s",
    ],
  ];
  const rows = [1e6, 1e8, 1e9].map((stamps) => {
    const cost = scaleCost(stamps, price);
    return [
      ...[`10^${Math.log10(stamps)}`, cost.touched.toLocaleString("en"), cost.shards.toLocaleString("en")],
      ...[millions(cost.gets), bytes(cost.read), millions(cost.puts), bytes(cost.written)],
      ...[dollars(cost.requests), dollars(cost.storage)],
      ...[two(cost.processorHours), dollars(cost.processors), two(cost.hours)],
    ];
  });
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  return [head, head.map(() => "---"), ...rows].map(line).join("\n");
}

const two = (value: number): string => String(Number(value.toPrecision(2)));
const millions = (count: number): string => `${two(count / 1e6)} million`;
const bytes = (count: number): string =>
  count < 1e11 ? `${two(count / 1e9)} GB` : `${two(count / 1e12)} TB`;
const dollars = (value: number): string => `$${two(value)}`;

if (import.meta.url === pathToFileURL(argv[1] ?? "").href) console.log(scaleTable());
