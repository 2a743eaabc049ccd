/**
 * `fitslice/stamps`: small cutouts around thousands of positions, and tables of footprints that tell which images show
 * them. `parseList`, `targetsIn` and `planStamps` make shards of a list, `cutShard` cuts them.
 *
 * @module fitslice/stamps
 */
export { type Chooser, chooser, type FootprintRow, type Match } from "./choose.js";
export { type Footprint, footprintOf } from "./footprint.js";
export {
  type FileFootprints,
  footprintBytes,
  footprintColumns,
  footprintsIn,
  footprintsOf,
  type ListedFootprint,
  sortFootprints,
} from "./footprint-table.js";
export { healpix29 } from "./healpix.js";
export {
  type PlanOptions,
  planStamps,
  type Shard,
  type ShardTarget,
  type StampJob,
  type StampSpec,
} from "./job.js";
export { type List, parseList } from "./list.js";
export { type Outcome, outcomeKey, type StampStatus } from "./outcome.js";
export type { RowFile } from "./rows.js";
export { type CutShardOptions, type CutStamp, cutShard, type ShardFile, type Stamp } from "./shard.js";
export { stampBytes, stampExtension } from "./stamp-file.js";
export {
  type BadTarget,
  isTarget,
  type Target,
  type TargetColumns,
  targetColumns,
  targetOf,
  targetsIn,
  usefulColumns,
} from "./targets.js";
