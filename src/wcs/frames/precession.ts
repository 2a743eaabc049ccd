/**
 * How the equator, the equinox and the ecliptic move: IAU 2006 for FK5 and ecliptic coordinates, Newcomb for FK4.
 */
import { arcsecond, degree, type Matrix, product, rotation, transpose } from "./matrix.js";

/** c0 + c1 t + c2 t^2 ... */
function polynomial(t: number, ...coefficients: readonly number[]): number {
  return coefficients.reduceRight((sum, c) => sum * t + c, 0);
}

/** Julian centuries since J2000. */
const centuries = (julianYear: number): number => (julianYear - 2000) / 100;

/** Mean obliquity of the ecliptic in radians, IAU 2006 (Hilton et al. 2006). */
export function obliquity(julianYear: number): number {
  const t = centuries(julianYear);
  return arcsecond * polynomial(t, 84381.406, -46.836769, -0.0001831, 0.0020034, -0.000000576, -0.0000000434);
}

/** GCRS (ICRS) to the mean equator and equinox of a date: the four angles of Fukushima and Williams, IAU 2006. */
export function biasAndPrecession(julianYear: number): Matrix {
  const t = centuries(julianYear);
  const gamma = polynomial(t, -0.052928, 10.556378, 0.4932044, -0.00031238, -0.000002788, 0.000000026);
  const phi = polynomial(t, 84381.412819, -46.811016, 0.0511268, 0.00053289, -0.00000044, -0.0000000176);
  const psi = polynomial(t, -0.041775, 5038.481484, 1.5584175, -0.00018522, -0.000026452, -0.0000000148);
  return product(
    rotation("x", -obliquity(julianYear)),
    rotation("z", -arcsecond * psi),
    rotation("x", arcsecond * phi),
    rotation("z", arcsecond * gamma),
  );
}

/** Mean equator and equinox of J2000 to those of a Julian year, IAU 2006, without the bias of frames. */
export function precessionFromJ2000(julianYear: number): Matrix {
  return product(biasAndPrecession(julianYear), transpose(biasAndPrecession(2000)));
}

/** ICRS to the mean ecliptic and equinox of a Julian year, IAU 2006, with the bias of frames. */
export function eclipticFromIcrs(julianYear: number): Matrix {
  return product(rotation("x", obliquity(julianYear)), biasAndPrecession(julianYear));
}

/** Precession of FK4 from one Besselian year to another: Newcomb's, as Kinoshita (1975) writes it. */
export function besselianPrecession(from: number, to: number): Matrix {
  const t = (from - 1850) / 1000;
  const dt = (to - from) / 1000;
  const first = 23035.545 + 139.72 * t + 0.06 * t * t;
  const zeta = polynomial(dt, 0, first, 30.24 - 0.27 * t, 17.995);
  const z = polynomial(dt, 0, first, 109.48 + 0.39 * t, 18.325);
  const theta = polynomial(dt, 0, 20051.12 - 85.29 * t - 0.37 * t * t, -42.65 - 0.37 * t, -41.8);
  return product(
    rotation("z", -arcsecond * z),
    rotation("y", arcsecond * theta),
    rotation("z", -arcsecond * zeta),
  );
}

/** The Julian date of a Besselian year, and the Julian year (Lieske 1979). */
const besselianDate = (year: number): number => 2415020.31352 + 365.242198781 * (year - 1900);
export const julianYearOf = (besselianYear: number): number =>
  2000 + (besselianDate(besselianYear) - 2451545) / 365.25;
export const besselianYearOf = (julianYear: number): number =>
  1900 + (2451545 + 365.25 * (julianYear - 2000) - 2415020.31352) / 365.242198781;

/**
 * E-terms of aberration: the part of the Earth's velocity, over that of light, that comes of the ellipticity of its
 * orbit, and which FK4 positions contain (Explanatory Supplement 1992, 3.531).
 */
export function eTerms(besselianYear: number): readonly [x: number, y: number, z: number] {
  const jd = besselianDate(besselianYear);
  const t = (jd - besselianDate(1950)) / 36525;
  const eccentricity = polynomial(t, 0.01673011, -0.00004193, -0.000000126);
  const perigee = arcsecond * polynomial(t, 1015489.951, 6190.67, 1.65, 0.012);
  const obliquity1980 =
    arcsecond * polynomial((jd - 2451545) / 36525, 84381.448, -46.815, -0.00059, 0.001813);
  const size = 0.0056932 * degree * eccentricity;
  return [
    size * Math.sin(perigee),
    -size * Math.cos(perigee) * Math.cos(obliquity1980),
    -size * Math.cos(perigee) * Math.sin(obliquity1980),
  ];
}
