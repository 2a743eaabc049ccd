/**
 * The parameters of a projection as the header gives them: PVi_m of the latitude axis.
 */
import { FitsError } from "../../errors.js";

/** `pv[m]` is PVi_m of the latitude axis; undefined where the header has none. */
export type Parameters = readonly (number | undefined)[];

/** PVi_m, or its default. */
export function parameter(code: string, pv: Parameters, m: number, missing: number): number {
  const value = pv[m] ?? missing;
  if (!Number.isFinite(value)) throw badParameter(code, `PVi_${m}`, value, "it must be a finite number");
  return value;
}

/** PVi_m, which has no default. */
export function needed(code: string, pv: Parameters, m: number, meaning: string): number {
  if (pv[m] === undefined) {
    throw new FitsError("BAD_HEADER", `projection ${code} needs PVi_${m} (${meaning}) of its latitude axis`);
  }
  return parameter(code, pv, m, 0);
}

export function badParameter(code: string, name: string, value: number, rule: string): FitsError {
  return new FitsError("BAD_HEADER", `projection ${code} cannot have ${name} = ${value}: ${rule}`);
}
