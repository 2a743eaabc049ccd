/**
 * `fitslice/wcs`: where pixels lie on the sky. Start with `readWcs`, or with `wcsOf` for a header alone.
 *
 * @module fitslice/wcs
 */
export type { TabData, TabRequest, TabRequestAxis } from "./axes/tab.js";
export type { LookupUse } from "./distortions/lookup-keywords.js";
export type { LookupTable } from "./distortions/lookup-table.js";
export type { ReadLookup } from "./distortions-of-header.js";
export { footprint, type Orientation, orientationAt } from "./footprint.js";
export { convertFrame, convertPoint, isSameFrame, type Positions } from "./frames/convert.js";
export type { Frame, FrameName } from "./frames/frame.js";
export { frameLabel, parseFrame } from "./frames/name.js";
export { type WcsOptions, type WcsSelection, type WcsTables, wcsOf } from "./make.js";
export type { ReadTab } from "./other-axes.js";
export { type ParsedCone, parseCone } from "./position/cone.js";
export { type FormatOptions, formatPosition } from "./position/format.js";
export { type Position, parsePosition } from "./position/parse.js";
export { parseSize, type Size } from "./position/size.js";
export { type ReadWcsOptions, readWcs } from "./read.js";
export { type ResolvedName, type ResolveOptions, resolveName } from "./resolve.js";
export { baseUnits, type Dimension, type Unit, unitOf } from "./unit.js";
export type { AxisKind, Celestial, PixelPoint, SkyPoint, Wcs, WorldAxis } from "./wcs.js";
