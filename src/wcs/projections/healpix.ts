/**
 * HEALPix projections: HPX (Calabretta & Roukema 2007) and its polar layout, the butterfly XPH (Calabretta & Lowe 2013).
 */
import { asind, sind } from "../degrees.js";
import { bothOrNone, withinSphere } from "./bounds.js";
import { badParameter, type Parameters, parameter } from "./parameters.js";
import type { Projection } from "./projection.js";

/** How far, in degrees, rounding may carry a point beyond its range. */
const slack = 1e-12;
/** The same of the butterfly, whose gores narrow to points that are turned by 45 degrees. */
const butterflySlack = 1e-11;

/** PVi_1 is H, the facets around the equator, 4 by default; PVi_2 K, the rows of facets, 3 by default. */
export function healpix(pv: Parameters): Projection {
  const h = parameter("HPX", pv, 1, 4);
  const k = parameter("HPX", pv, 2, 3);
  if (!(h > 0)) throw badParameter("HPX", "PVi_1", h, "it must be above 0");
  if (!(k > 0)) throw badParameter("HPX", "PVi_2", k, "it must be above 0");
  const halfFacet = 180 / h;
  const odd = Math.floor(k + 0.5) % 2 === 1;
  const equator = (k - 1) / k;
  const scale = (90 * k) / h;
  const middle = (k + 1) / 2;
  const edge = (90 * (k - 1)) / h;
  const top = halfFacet * middle;
  return {
    code: "HPX",
    phi0: 0,
    theta0: 0,
    toSphere(x, y, n) {
      for (let i = 0; i < n; i++) {
        const u = x[i]!;
        const v = y[i]!;
        const height = Math.abs(v);
        if (height <= edge) {
          y[i] = asind(v / scale);
        } else if (height <= top) {
          const sigma = middle - height / halfFacet;
          const center = facetCenter(u, h, halfFacet, odd || v > 0);
          let offset = u - center;
          if (sigma === 0) {
            offset = Math.abs(offset) < slack ? 0 : Number.NaN;
          } else if (Math.abs(offset) > halfFacet * sigma + slack) {
            offset = Number.NaN;
          } else {
            offset /= sigma;
          }
          x[i] = center + offset;
          const latitude = poleward(sigma, k);
          y[i] = v < 0 ? -latitude : latitude;
        } else {
          x[i] = Number.NaN;
        }
      }
      withinSphere(x, y, n, slack);
    },
    toPlane(phi, theta, n) {
      for (let i = 0; i < n; i++) {
        const t = theta[i]!;
        const sine = sind(t);
        if (Math.abs(sine) <= equator) {
          theta[i] = scale * sine;
        } else {
          const sigma = Math.sqrt(2 * k) * sind((90 - Math.abs(t)) / 2);
          const p = phi[i]!;
          const center = facetCenter(p, h, halfFacet, odd || t > 0);
          const x = center + (p - center) * sigma;
          // Longitude 180 belongs to the facet at its west.
          phi[i] = x > 180 ? 360 - x : x;
          theta[i] = t < 0 ? -halfFacet * (middle - sigma) : halfFacet * (middle - sigma);
        }
      }
      bothOrNone(phi, theta, n);
    },
  };
}

/** Latitude of sigma = sqrt(K (1 - sin theta)). */
function poleward(sigma: number, k: number): number {
  return 90 - 2 * asind(sigma / Math.sqrt(2 * k));
}

/** Longitude of the middle of a polar facet; of even K the southern ones lie half a facet off the northern. */
function facetCenter(phi: number, h: number, halfFacet: number, centered: boolean): number {
  if (centered) return -180 + (2 * Math.floor(((phi + 180) * h) / 360) + 1) * halfFacet;
  return -180 + 2 * Math.floor(((phi + 180) * h) / 360 + 0.5) * halfFacet;
}

/** The butterfly: HPX's four gores turned about the north pole. */
export function butterfly(): Projection {
  return {
    code: "XPH",
    phi0: 0,
    theta0: 90,
    toSphere(x, y, n) {
      for (let i = 0; i < n; i++) {
        const u = x[i]!;
        const v = y[i]!;
        const quarter = quarterOf(u, v);
        const along = u * sineOf[quarter]! - v * cosineOf[quarter]!;
        const across = u * cosineOf[quarter]! + v * sineOf[quarter]!;
        gore(x, y, i, across, along, 90 * quarter - 135);
      }
      withinSphere(x, y, n, butterflySlack);
    },
    toPlane(phi, theta, n) {
      for (let i = 0; i < n; i++) {
        const p = phi[i]! >= 180 ? phi[i]! - 360 : phi[i]!;
        const t = theta[i]!;
        const quarter = Math.max(0, Math.min(3, Math.floor((p + 180) / 90)));
        let across = p - (90 * quarter - 135);
        const sine = sind(t);
        let along = 90 - 67.5 * sine;
        if (Math.abs(sine) > 2 / 3) {
          const sigma = Math.sqrt(6) * sind((90 - Math.abs(t)) / 2);
          across *= sigma;
          along = t < 0 ? 180 - 45 * sigma : 45 * sigma;
        }
        phi[i] = along * sineOf[quarter]! + across * cosineOf[quarter]!;
        theta[i] = across * sineOf[quarter]! - along * cosineOf[quarter]!;
      }
      bothOrNone(phi, theta, n);
    },
  };
}

/** Sine and cosine of the gores' middle longitudes: -135, -45, 45, 135. */
const sineOf: readonly number[] = [-Math.SQRT1_2, -Math.SQRT1_2, Math.SQRT1_2, Math.SQRT1_2];
const cosineOf: readonly number[] = [-Math.SQRT1_2, Math.SQRT1_2, Math.SQRT1_2, -Math.SQRT1_2];

/** The gore of a point of the plane, whose middle runs along (sin, -cos) of its longitude. */
function quarterOf(x: number, y: number): number {
  if (x < 0) return y > 0 ? 0 : 1;
  return y < 0 ? 2 : 3;
}

/** A point of a gore, `along` its middle from the north pole and `across`, becomes native longitude and latitude. */
function gore(
  x: Float64Array,
  y: Float64Array,
  i: number,
  across: number,
  along: number,
  center: number,
): void {
  if (along >= 45 && along <= 135) {
    x[i] = Math.abs(across) <= 45 + slack ? center + across : Number.NaN;
    y[i] = asind((90 - along) / 67.5);
    return;
  }
  const south = along > 90;
  const height = south ? 180 - along : along;
  const sigma = Math.abs(height) < slack ? 0 : height / 45;
  if (!(sigma >= 0) || Math.abs(across) > 45 * sigma + slack) {
    x[i] = Number.NaN;
    return;
  }
  // The middle of the map, where all gores meet, has the longitude that wcslib gives.
  x[i] = sigma === 0 ? (south ? center : 0) : center + across / sigma;
  const latitude = 90 - 2 * asind(sigma / Math.sqrt(6));
  y[i] = south ? -latitude : latitude;
}
