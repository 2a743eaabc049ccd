/**
 * From the coordinates of a spectral axis to wavelengths in vacuum, as BAND has them.
 */
import type { ImageHdu } from "../hdu/image.js";
import { translateAips } from "../wcs/axes/aips.js";
import { ctypeParts } from "../wcs/axes/kind.js";
import { quantities, speedOfLight } from "../wcs/axes/spectral.js";
import { unitOf, type WorldAxis } from "../wcs/index.js";
import { numberIn } from "./header-numbers.js";
import { usage } from "./refusal.js";

/**
 * Meters of a spectral coordinate: of a frequency, a wavelength (in air, too), an energy, a wave number, or a velocity with RESTFRQ or
 * RESTWAV (FITS Standard 4.0, table 25). Nothing is done about SPECSYS, which is one part in ten thousand. Throws Refusal for an axis
 * that says too little.
 */
export function metersOf({ header }: Pick<ImageHdu, "header">, axis: WorldAxis): (value: number) => number {
  const modern = translateAips(axis.ctype, numberIn(header, "VELREF") ?? 0)?.ctype ?? axis.ctype;
  const name = ctypeParts(modern).quantity;
  const quantity = Object.hasOwn(quantities, name) ? quantities[name] : undefined;
  const label = `BAND: the spectral axis is ${axis.ctype.trim()} in ${axis.unit || "no unit"}`;
  if (!quantity) throw usage(`${label}, which is no wavelength`);
  const rest = numberIn(header, "RESTFRQ") || numberIn(header, "RESTFREQ") || restOfWavelength(header);
  if (quantity.relative && !(rest > 0))
    throw usage(`${label}, and the header has neither RESTFRQ nor RESTWAV, so that wavelengths are unknown`);
  // Coordinates in a table (-TAB) come in the unit of the table, all others in SI.
  const unit = axis.unit === "" || axis.unit === quantity.unit ? undefined : unitOf(axis.unit);
  if (unit && unit.dimension !== unitOf(quantity.unit)?.dimension)
    throw usage(`${label}, which is no unit of it`);
  const scale = unit?.scale ?? 1;
  return (value) => {
    const meters = speedOfLight / quantity.frequency(value * scale, rest);
    return meters >= 0 ? meters : Number.NaN;
  };
}

function restOfWavelength(header: ImageHdu["header"]): number {
  const meters = numberIn(header, "RESTWAV") || 0;
  return meters > 0 ? speedOfLight / meters : Number.NaN;
}
