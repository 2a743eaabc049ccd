/**
 * Trigonometry in degrees. Sine and cosine are exact at multiples of 90, so that the poles and the meridians of a map get
 * no error of rounding.
 */

/** Radians in a degree. */
export const radian: number = Math.PI / 180;
/** Degrees in a radian: the radius of the generating sphere of Paper II, r0. */
export const degree: number = 180 / Math.PI;

/** How far beyond 1 the argument of an inverse sine or cosine may lie by error of rounding. */
const slack = 1e-10;

/** Sine of an angle in degrees; never -0. */
export function sind(angle: number): number {
  const quarter = Math.round(angle / 90);
  return quarter * 90 === angle ? sines[quarter & 3]! : Math.sin(angle * radian);
}

/** Cosine of an angle in degrees; never -0. */
export function cosd(angle: number): number {
  const quarter = Math.round(angle / 90);
  return quarter * 90 === angle ? sines[(quarter + 1) & 3]! : Math.cos(angle * radian);
}

/** Sines of 0, 90, 180, 270. */
const sines: readonly number[] = [0, 1, 0, -1];

/** Tangent of an angle in degrees; exact at odd multiples of 45, too. */
export function tand(angle: number): number {
  const half = angle / 45;
  if (Number.isInteger(half) && half % 2 !== 0) return ((half % 4) + 4) % 4 === 1 ? 1 : -1;
  return sind(angle) / cosd(angle);
}

/** Inverse sine in degrees; NaN beyond 1 by more than 1e-10. */
export function asind(sine: number): number {
  if (sine > 1) return sine - 1 < slack ? 90 : Number.NaN;
  if (sine < -1) return sine + 1 > -slack ? -90 : Number.NaN;
  return Math.asin(sine) * degree;
}

/** Inverse cosine in degrees; NaN beyond 1 by more than 1e-10. */
export function acosd(cosine: number): number {
  if (cosine > 1) return cosine - 1 < slack ? 0 : Number.NaN;
  if (cosine < -1) return cosine + 1 > -slack ? 180 : Number.NaN;
  return Math.acos(cosine) * degree;
}

export function atand(tangent: number): number {
  return Math.atan(tangent) * degree;
}

/** The angle of a vector, above -180 up to 180; that of a vector without length is 0, whatever the signs of its zeros. */
export function atan2d(y: number, x: number): number {
  return Math.atan2(y + 0, x + 0) * degree;
}
