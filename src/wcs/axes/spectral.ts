/**
 * How the spectral quantities depend on one another (Paper III, tables 1, 3 and 4). All are SI; each is known by the
 * frequency it goes with.
 */

export const speedOfLight = 299792458;
/** Joule seconds, as CODATA had it in 1986 and wcslib has it still; all but canceled in what a header can ask for. */
const planck = 6.6260755e-34;

/** A quantity as a function of frequency, the way back, and how fast frequency changes with the quantity. */
export interface Quantity {
  /** What it is associated with: F frequency, W wavelength, A wavelength in air, V apparent radial velocity. */
  readonly type: "F" | "W" | "A" | "V";
  readonly unit: string;
  /** Needs the rest frequency. */
  readonly relative: boolean;
  frequency(value: number, rest: number): number;
  value(frequency: number, rest: number): number;
  /** d(frequency) / d(value), at a value. */
  slope(value: number, rest: number): number;
}

/** Quantities that are a constant times frequency. */
function proportional(unit: string, perHertz: number): Quantity {
  return {
    type: "F",
    unit,
    relative: false,
    frequency: (value) => value / perHertz,
    value: (frequency) => frequency * perHertz,
    slope: () => 1 / perHertz,
  };
}

const c = speedOfLight;

/** Velocity by the relativistic Doppler formula, in units of which the speed of light is `light`. */
function apparent(unit: string, light: number): Quantity {
  return {
    type: "V",
    unit,
    relative: true,
    frequency: (v, rest) => rest * Math.sqrt((light - v) / (light + v)),
    value: (frequency, rest) => {
      const ratio = frequency / rest;
      return (light * (1 - ratio) * (1 + ratio)) / (1 + ratio * ratio);
    },
    slope: (v, rest) => (-light * rest) / ((light + v) * Math.sqrt((light - v) * (light + v))),
  };
}

/** Shift of the wavelength over the rest wavelength, times `light`. */
function optical(unit: string, light: number): Quantity {
  return {
    type: "W",
    unit,
    relative: true,
    frequency: (z, rest) => (rest * light) / (light + z),
    value: (frequency, rest) => (light * (rest - frequency)) / frequency,
    slope: (z, rest) => (-rest * light) / (light + z) ** 2,
  };
}

export const quantities: Readonly<Record<string, Quantity>> = {
  FREQ: proportional("Hz", 1),
  AFRQ: proportional("rad/s", 2 * Math.PI),
  ENER: proportional("J", planck),
  WAVN: proportional("/m", 1 / c),
  VRAD: {
    type: "F",
    unit: "m/s",
    relative: true,
    frequency: (v, rest) => (rest * (c - v)) / c,
    value: (frequency, rest) => (c * (rest - frequency)) / rest,
    slope: (_, rest) => -rest / c,
  },
  WAVE: {
    type: "W",
    unit: "m",
    relative: false,
    frequency: (wave) => c / wave,
    value: (frequency) => c / frequency,
    slope: (wave) => -c / (wave * wave),
  },
  VOPT: optical("m/s", c),
  ZOPT: optical("", 1),
  AWAV: {
    type: "A",
    unit: "m",
    relative: false,
    frequency: (air) => c / (air * refraction(air)),
    value: (frequency) => airWavelength(c / frequency),
    slope: (air) => (-c * vacuumSlope(air)) / (air * refraction(air)) ** 2,
  },
  VELO: apparent("m/s", c),
  BETA: apparent("", 1),
};

/**
 * Refractive index of dry air at 15 degrees Celsius (Cox 2000, after Edlen 1953) at a wavelength in meters, measured in
 * air. So has wcslib, and with it the files that are in use; Paper III's equation 65 is of air at 0 degrees, and 1.5e-5 more.
 */
export function refraction(air: number): number {
  const s = 1 / (air * air);
  return 1.000064328 + 294.981e8 / (1.46e14 - s) + 2.554e8 / (0.41e14 - s);
}

/** d(wavelength in vacuum) / d(wavelength in air). */
function vacuumSlope(air: number): number {
  const s = 1 / (air * air);
  return refraction(air) - 2 * s * (294.981e8 / (1.46e14 - s) ** 2 + 2.554e8 / (0.41e14 - s) ** 2);
}

/** Wavelength in air of one in vacuum: each turn gains four digits. */
function airWavelength(vacuum: number): number {
  let air = vacuum;
  for (let turn = 0; turn < 5; turn++) air = vacuum / refraction(air);
  return air;
}
