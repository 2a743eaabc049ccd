/**
 * The sample of the page, a small FITS file: a galaxy among stars with coordinates, a cube of its gas, a catalog of the
 * stars. Made, not observed.
 */
import { ndarray, parseHeader } from "../../dist/index.js";
import {
  arraySource,
  compressedHdu,
  fitsBytes,
  formatHeader,
  imageHdu,
  tableHdu,
} from "../../dist/write/index.js";

const [width, height] = [400, 320];
const center = [205.4, 163.2];
const position = [202.4696, 47.1952];
/** Degrees a pixel. */
const scale = 1.6 / 3600;

/** Numbers from 0 to 1, the same every time. */
function seeded(seed) {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}
const random = seeded(51);
const normal = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());

/** Distance from the galaxy's middle in its plane, in pixels, and the angle there. */
function inGalaxy(x, y) {
  const [dx, dy] = [x - center[0], y - center[1]];
  const [along, across] = [dx * 0.82 + dy * 0.57, (dy * 0.82 - dx * 0.57) / 0.72];
  return [Math.hypot(along, across), Math.atan2(across, along)];
}

/** Light of the galaxy: a bulge, a disk, two arms. */
function galaxy(x, y) {
  const [r, angle] = inGalaxy(x, y);
  const arms = 0.5 + 0.5 * Math.cos(2 * (angle - 2.6 * Math.log(1 + r / 14)));
  return (
    900 * Math.exp(-r / 6) + 130 * Math.exp(-r / 52) * (0.35 + 1.3 * arms ** 3 * (1 - Math.exp(-r / 20)))
  );
}

const stars = Array.from({ length: 70 }, () => ({
  x: random() * width,
  y: random() * height,
  flux: 120 * (1 - random()) ** -1.3,
}));

function imageOf() {
  const data = new Int16Array(width * height);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      let light = 40 + galaxy(x, y);
      for (const star of stars) {
        const far = (x - star.x) ** 2 + (y - star.y) ** 2;
        if (far < 400) light += star.flux * Math.exp(-far / 3.4);
      }
      data[y * width + x] = Math.min(30000, Math.round(light + 1.6 * normal()));
    }
  return ndarray(data, [height, width]);
}

function cubeOf() {
  const [planes, side] = [24, 64];
  const data = new Int16Array(planes * side * side);
  for (let plane = 0; plane < planes; plane++)
    for (let y = 0; y < side; y++)
      for (let x = 0; x < side; x++) {
        const [r, angle] = inGalaxy(center[0] + (x - 32) * 4, center[1] + (y - 32) * 4);
        const velocity = 110 * Math.tanh(r / 30) * Math.cos(angle);
        const off = (velocity - (plane - 11.5) * 11) / 14;
        const line = 300 * Math.exp(-r / 60) * Math.exp((-off * off) / 2);
        data[(plane * side + y) * side + x] = Math.round(line + 2 * normal());
      }
  return ndarray(data, [planes, side, side]);
}

const card = (keyword, value, comment) => ({ keyword, value, comment });
const read = (cards) => parseHeader(formatHeader(cards)).cards;

function skyCards(x, y, step) {
  return [
    card("CTYPE1", "RA---TAN"),
    card("CTYPE2", "DEC--TAN"),
    card("CRVAL1", position[0], "[deg] right ascension of the reference pixel"),
    card("CRVAL2", position[1], "[deg] declination of the reference pixel"),
    card("CRPIX1", x),
    card("CRPIX2", y),
    card("CDELT1", -step, "[deg] a pixel"),
    card("CDELT2", step, "[deg] a pixel"),
    card("CUNIT1", "deg"),
    card("CUNIT2", "deg"),
    card("RADESYS", "ICRS"),
  ];
}

/** The bytes of the file. */
export async function sampleBytes() {
  const image = arraySource(
    imageOf(),
    read([
      card("EXTNAME", "SCI"),
      card("OBJECT", "A galaxy that is not there"),
      card("BUNIT", "adu"),
      ...skyCards(center[0] + 1, center[1] + 1, scale),
      card("COMMENT", undefined, "Made by a script: nobody has observed this galaxy."),
    ]),
  );
  const cube = arraySource(
    cubeOf(),
    read([
      card("EXTNAME", "GAS"),
      card("OBJECT", "Gas of the same galaxy"),
      card("BUNIT", "mJy/beam"),
      ...skyCards(33, 33, 4 * scale),
      card("CTYPE3", "VRAD"),
      card("CRVAL3", 463, "[km/s] velocity of the reference plane"),
      card("CRPIX3", 12.5),
      card("CDELT3", 11, "[km/s] a plane"),
      card("CUNIT3", "km/s"),
    ]),
  );
  const ra = stars.map(
    ({ x }) => position[0] - ((x - center[0]) * scale) / Math.cos((position[1] * Math.PI) / 180),
  );
  const dec = stars.map(({ y }) => position[1] + (y - center[1]) * scale);
  const columns = [
    { name: "id", format: "1J" },
    { name: "ra", format: "1D", unit: "deg" },
    { name: "dec", format: "1D", unit: "deg" },
    { name: "flux", format: "1E", unit: "adu" },
  ];
  const values = [
    Int32Array.from(stars, (_, i) => i + 1),
    Float64Array.from(ra),
    Float64Array.from(dec),
    Float32Array.from(stars, ({ flux }) => flux),
  ];
  return fitsBytes([
    imageHdu({}),
    compressedHdu(image),
    compressedHdu(cube, { tile: [1, 64, 64] }),
    tableHdu({
      name: "STARS",
      columns,
      batches: [{ columns: values.map((column) => ({ values: column })) }],
    }),
  ]);
}
