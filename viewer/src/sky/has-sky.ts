/** Whether an image has a sky to draw marks on. */
import type { ViewerModel } from "../model.js";

/** Whether the header tells of coordinates on the sky, as far as its keywords show. */
export function hasSky({ image }: ViewerModel): boolean {
  const isSky = /^(RA--|DEC-|GLON|GLAT|ELON|ELAT|SLON|SLAT|[A-Z]{2}L[NT]|[A-Z]LON|[A-Z]LAT|RA$|DEC$)/;
  return (
    image?.header.cards.some(
      ({ keyword, value }) => /^CTYPE[1-9]$/.test(keyword) && isSky.test(String(value).trim().toUpperCase()),
    ) ?? false
  );
}
