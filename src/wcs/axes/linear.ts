/**
 * Axes that are computed value by value: linear, logarithmic.
 */
import type { AxisTransform } from "./axis.js";

/** A transform of one axis from a function of one number and its inverse. */
export function pointwise(
  axis: number,
  toWorld: (value: number) => number,
  toIntermediate: (world: number) => number,
): AxisTransform {
  const each = (values: readonly Float64Array[], n: number, apply: (value: number) => number): void => {
    const array = values[0]!;
    for (let i = 0; i < n; i++) array[i] = apply(array[i]!);
  };
  return {
    axes: [axis],
    toWorld: (values, n) => each(values, n, toWorld),
    toIntermediate: (values, n) => each(values, n, toIntermediate),
  };
}

/** World = CRVAL + intermediate: STOKES, TIME, plain spectral axes, axes without a CTYPE. */
export function linearAxis(axis: number, crval: number): AxisTransform {
  return pointwise(
    axis,
    (value) => crval + value,
    (world) => world - crval,
  );
}

/**
 * `-LOG`: world = CRVAL exp(intermediate / CRVAL) (Paper III, section 3.2), for any quantity. World coordinates of the other
 * sign than CRVAL, and all where CRVAL is 0, have no counterpart.
 */
export function logAxis(axis: number, crval: number): AxisTransform {
  return pointwise(
    axis,
    (value) => (crval === 0 ? Number.NaN : crval * Math.exp(value / crval)),
    (world) => (world / crval > 0 ? crval * Math.log(world / crval) : Number.NaN),
  );
}
