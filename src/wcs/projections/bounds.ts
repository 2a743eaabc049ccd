/**
 * The edge of the sphere: a point of the plane that would lie beyond the native longitudes and latitudes is on no map.
 */

/** How far, in degrees, rounding may carry a native coordinate beyond 180 or 90. */
export const usualSlack = 1e-12;

/**
 * Sets points beyond longitude 180 or latitude 90 to NaN, and those that are beyond by no more than `slack` degrees onto
 * the edge. Where one coordinate is NaN, both become NaN.
 */
export function withinSphere(phi: Float64Array, theta: Float64Array, n: number, slack: number): void {
  const widest = 180 + slack;
  const highest = 90 + slack;
  for (let i = 0; i < n; i++) {
    const p = phi[i]!;
    const t = theta[i]!;
    if (p >= -180 && p <= 180 && t >= -90 && t <= 90) continue;
    if (p >= -widest && p <= widest && t >= -highest && t <= highest) {
      phi[i] = Math.max(-180, Math.min(180, p));
      theta[i] = Math.max(-90, Math.min(90, t));
    } else {
      phi[i] = Number.NaN;
      theta[i] = Number.NaN;
    }
  }
}

/** Where one of the two coordinates is NaN, both become NaN. */
export function bothOrNone(a: Float64Array, b: Float64Array, n: number): void {
  for (let i = 0; i < n; i++) {
    const sum = a[i]! - a[i]! + (b[i]! - b[i]!);
    if (sum === 0) continue;
    a[i] = Number.NaN;
    b[i] = Number.NaN;
  }
}
