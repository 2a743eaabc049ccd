/**
 * The dispersion of gratings, prisms and grisms (Paper III, section 5).
 */

/** Wavelength by the offset on the detector, and back. */
export interface Dispersion {
  /** Wavelength at an offset; NaN where no light falls. */
  wavelength(offset: number): number;
  offset(wavelength: number): number;
  /** d(offset) / d(wavelength) at the reference. */
  readonly slope: number;
}

/**
 * The grism equation about a reference wavelength. `pv` are PVi_0 to PVi_6: grooves per meter, order, angle of incidence
 * (degrees), refractive index and its change with wavelength (per meter) at the reference, and the angles epsilon and
 * theta of the grating and the detector (degrees). Undefined where no light of the reference wavelength passes.
 */
export function grismDispersion(reference: number, pv: ReadonlyMap<number, number>): Dispersion | undefined {
  const radians = (m: number): number => ((pv.get(m) ?? 0) * Math.PI) / 180;
  const index = pv.get(3) ?? 1;
  const indexSlope = pv.get(4) ?? 0;
  const incidence = Math.sin(radians(2));
  const theta = radians(6);
  const grooves = ((pv.get(0) ?? 0) * (pv.get(1) ?? 0)) / Math.cos(radians(5));
  const beta = Math.asin(grooves * reference - index * incidence);
  const perLength = grooves - indexSlope * incidence;
  const slope = perLength / (Math.cos(beta) * Math.cos(theta) ** 2);
  if (!Number.isFinite(slope) || slope === 0) return undefined;
  const constant = (index - indexSlope * reference) * incidence;
  return {
    slope,
    wavelength: (offset) =>
      (constant + Math.sin(Math.atan(offset - Math.tan(theta)) + beta + theta)) / perLength,
    offset: (wavelength) =>
      Math.tan(Math.asin(wavelength * perLength - constant) - beta - theta) + Math.tan(theta),
  };
}
