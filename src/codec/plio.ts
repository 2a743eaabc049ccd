import { FitsError } from "../errors.js";
import type { TileData, TileParams } from "./codec.js";

export function decodePlio(_bytes: Uint8Array, _params: TileParams, _into?: TileData): TileData {
  throw new FitsError("UNSUPPORTED", "not written yet");
}
