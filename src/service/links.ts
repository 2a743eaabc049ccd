/**
 * DataLink 1.0: what there is of a file. The file itself, and the services that cut it, with the place where it lies on the sky.
 */
import { FitsError } from "../errors.js";
import type { Fits } from "../fits.js";
import type { ImageHdu } from "../hdu/image.js";
import { imageSize } from "../wcs/footprint.js";
import { type Celestial, convertFrame, footprint } from "../wcs/index.js";
import { textAnswer, xml } from "./answer.js";
import { type AxisExtents, extentsOf } from "./axis-filters.js";
import { wcsOfImage } from "./cut.js";
import { type Exchange, fileOf } from "./exchange.js";
import { oneValue, onlyThese, valuesOf } from "./parameters.js";
import { Refusal, refusalOf, usage } from "./refusal.js";
import { type Interval, polarizations } from "./shapes.js";

const fields = [
  '<FIELD name="ID" datatype="char" arraysize="*" ucd="meta.id;meta.main"/>',
  '<FIELD name="access_url" datatype="char" arraysize="*" ucd="meta.ref.url"/>',
  '<FIELD name="service_def" datatype="char" arraysize="*" ucd="meta.ref"/>',
  '<FIELD name="error_message" datatype="char" arraysize="*" ucd="meta.code.error"/>',
  '<FIELD name="semantics" datatype="char" arraysize="*" ucd="meta.code"/>',
  '<FIELD name="description" datatype="char" arraysize="*" ucd="meta.note"/>',
  '<FIELD name="content_type" datatype="char" arraysize="*" ucd="meta.code.mime"/>',
  '<FIELD name="content_length" datatype="long" unit="byte" ucd="phys.size;meta.file"/>',
];

/** Names and media types of what links are written in (DataLink 1.0, section 3.1). */
const votable = /^\s*(votable|text\/xml|application\/x-votable\+xml)\s*(;.*)?$/i;

/** Most IDs of one request. */
const mostIds = 100;

/** `/links?ID=...`. */
export async function links(exchange: Exchange): Promise<Response> {
  const { parameters } = exchange;
  onlyThese(parameters, ["ID", "RESPONSEFORMAT", "REQUEST", "VERSION", "RUNID"]);
  const format = oneValue(parameters, "RESPONSEFORMAT");
  if (format !== undefined && !votable.test(format)) throw usage("the format of links is votable");
  const ids = valuesOf(parameters, "ID");
  if (ids.length === 0) throw usage("ID is missing: it names the file whose links are wanted");
  if (ids.length > mostIds) throw usage(`${ids.length} IDs, and one request has ${mostIds} at most`);
  const rows: string[] = [];
  const services: string[] = [];
  for (const [i, id] of ids.entries()) {
    try {
      const file = await fileOf(exchange, id, exchange.signal);
      try {
        const cut = await descriptors(exchange.base, file.fits, id, i + 1, exchange.signal);
        rows.push(
          ...(exchange.shared.hasFiles ? [fileRow(exchange.base, file.fits, id)] : []),
          ...cut.map(({ name, semantics, description }) =>
            row(id, { service_def: name, semantics, description, content_type: "application/fits" }),
          ),
        );
        services.push(...cut.map(({ text }) => text));
      } finally {
        file.done?.();
      }
    } catch (error) {
      const { word, message, status } = refusalOf(error, exchange.signal, exchange.shared.tell);
      if (status === 499 || status === 503)
        throw error instanceof Error ? error : new Refusal(status, word, message);
      rows.push(row(id, { error_message: `${faultOf(status)}: ${message}`, semantics: "#this" }));
    }
  }
  return textAnswer(
    `<?xml version="1.0" encoding="UTF-8"?>
<VOTABLE version="1.3" xmlns="http://www.ivoa.net/xml/VOTable/v1.3">
<RESOURCE type="results">
<INFO name="QUERY_STATUS" value="OK"/>
<INFO name="standardID" value="ivo://ivoa.net/std/DataLink#links-1.0"/>
<TABLE>
${fields.join("\n")}
<DATA><TABLEDATA>
${rows.join("\n")}
</TABLEDATA></DATA>
</TABLE>
</RESOURCE>
${services.join("\n")}
</VOTABLE>
`,
    "application/x-votable+xml;content=datalink",
  );
}

function fileRow(base: string, { href, size }: Fits, id: string): string {
  return row(id, {
    access_url: `${base}file/${href.split("/").map(encodeURIComponent).join("/")}`,
    semantics: "#this",
    description: "the file",
    content_type: "application/fits",
    ...(size !== undefined && { content_length: String(size) }),
  });
}

/** What DataLink calls an error of one ID (DataLink 1.0, section 3.4). */
function faultOf(status: number): string {
  if (status === 404) return "NotFoundFault";
  if (status < 500) return "UsageFault";
  return status === 502 || status === 504 ? "TransientFault" : "FatalFault";
}

const columns = [
  "access_url",
  "service_def",
  "error_message",
  "semantics",
  "description",
  "content_type",
  "content_length",
] as const;

function row(id: string, cells: Partial<Record<(typeof columns)[number], string>>): string {
  const all = [id, ...columns.map((name) => cells[name] ?? "")];
  return `<TR>${all.map((cell) => `<TD>${xml(cell)}</TD>`).join("")}</TR>`;
}

interface Descriptor {
  readonly name: string;
  readonly semantics: string;
  readonly description: string;
  readonly text: string;
}

/** The services that cut a file, as its rows of links refer to them; none of a file without an image. */
async function descriptors(
  base: string,
  fits: Fits,
  id: string,
  number: number,
  signal: AbortSignal,
): Promise<Descriptor[]> {
  const scene = await sceneOf(fits, signal);
  if (!scene) return [];
  return (["sync", "async"] as const).map((kind) => {
    const name = `soda-${kind}-${number}`;
    return {
      name,
      semantics: "#cutout",
      description: kind === "sync" ? "a cutout" : "cutouts, as a job",
      text: `<RESOURCE type="meta" utype="adhoc:service" ID="${name}">
<PARAM name="standardID" datatype="char" arraysize="*" value="ivo://ivoa.net/std/SODA#${kind}-1.0"/>
<PARAM name="accessURL" datatype="char" arraysize="*" value="${xml(`${base}soda/${kind}`)}"/>
<GROUP name="inputParams">
<PARAM name="ID" datatype="char" arraysize="*" ucd="meta.id;meta.dataset" value="${xml(id)}"/>
${scene.inputs.join("\n")}
<PARAM name="HDU" datatype="char" arraysize="*" value=""><DESCRIPTION>names or numbers of images: SCI,ERR or all</DESCRIPTION></PARAM>
<PARAM name="RESPONSEFORMAT" datatype="char" arraysize="*" ucd="meta.code.mime" value=""><VALUES><OPTION value="application/fits"/><OPTION value="image/png"/></VALUES></PARAM>
</GROUP>
</RESOURCE>`,
    };
  });
}

/** The inputs of a service that the first image of a file has, with the largest values that make sense. */
async function sceneOf(fits: Fits, signal: AbortSignal): Promise<{ inputs: string[] } | undefined> {
  try {
    const image = await fits.image(undefined, { signal });
    const wcs = await wcsOfImage(fits, image);
    const others = axisInputs(extentsOf(image, wcs));
    return { inputs: [...shapeInputs(wcs.celestial && outlineOf(wcs.celestial, image)), ...others] };
  } catch (error) {
    if (error instanceof FitsError && /^(NO_SUCH_HDU|BAD_HEADER|BAD_ARGUMENT)$/.test(error.code))
      return undefined;
    throw error;
  }
}

/** The corners of an image, and a circle around it, in ICRS degrees. */
interface Outline {
  readonly corners: readonly (readonly [lon: number, lat: number])[];
  readonly circle: readonly [lon: number, lat: number, radius: number];
}

/** Undefined for an image with a corner that is not on the sky, or with half of the sky or more: corners say too little of these. */
function outlineOf(celestial: Celestial, { shape }: ImageHdu): Outline | undefined {
  const [nx, ny] = imageSize(celestial, shape);
  const [x, y] = [(nx - 1) / 2, (ny - 1) / 2];
  const places = [
    ...footprint(celestial, shape),
    ...[x, -0.5, nx - 0.5].map((at) => celestial.toSky(at, y)),
    ...[-0.5, ny - 0.5].map((at) => celestial.toSky(x, at)),
  ];
  if (!places.every((place) => place !== null)) return undefined;
  const { lon, lat } = convertFrame(
    Float64Array.from(places, ([value]) => value),
    Float64Array.from(places, ([, value]) => value),
    celestial.frame,
    { name: "icrs" },
  );
  const circle = circleAround([...lon], [...lat]);
  const corners = [0, 1, 2, 3].map((i) => [(lon[i]! + 360) % 360, lat[i]!] as const);
  return circle[2] < 90 ? { corners, circle } : undefined;
}

/** Filters of the other axes, with the values at which there is something (SODA 1.0, section 4.2). */
function axisInputs({ band, time, polarizations: codes = [] }: AxisExtents): string[] {
  const interval = (name: string, unit: string, ucd: string, [low, high]: Interval): string =>
    `<PARAM name="${name}" datatype="double" arraysize="2" xtype="interval" unit="${unit}" ucd="${ucd}" value=""><VALUES><MIN value="${low}"/><MAX value="${high}"/></VALUES></PARAM>`;
  const options = Object.entries(polarizations)
    .filter(([, code]) => codes.includes(code))
    .map(([name]) => `<OPTION value="${name}"/>`);
  return [
    ...(band ? [interval("BAND", "m", "em.wl;stat.interval", band)] : []),
    ...(time ? [interval("TIME", "d", "time.interval;obs.exposure", time)] : []),
    ...(options.length > 0
      ? [
          `<PARAM name="POL" datatype="char" arraysize="*" ucd="meta.code;phys.polarization" value=""><VALUES>${options.join("")}</VALUES></PARAM>`,
        ]
      : []),
  ];
}

function shapeInputs(outline?: Outline): string[] {
  const most = (numbers: readonly number[] | undefined): string =>
    numbers ? `<VALUES><MAX value="${numbers.join(" ")}"/></VALUES>` : "";
  return [
    `<PARAM name="POS" datatype="char" arraysize="*" ucd="pos.outline;obs" value=""/>`,
    `<PARAM name="CIRCLE" datatype="double" arraysize="3" xtype="circle" unit="deg" ucd="pos.outline;obs" value="">${most(outline?.circle)}</PARAM>`,
    `<PARAM name="POLYGON" datatype="double" arraysize="*" xtype="polygon" unit="deg" ucd="pos.outline;obs" value="">${most(outline?.corners.flat())}</PARAM>`,
  ];
}

/** Around the mean direction of places, out to the farthest. */
function circleAround(
  lon: readonly number[],
  lat: readonly number[],
): readonly [lon: number, lat: number, radius: number] {
  const degree = Math.PI / 180;
  const vectors = lon.map((value, i) => {
    const cos = Math.cos(lat[i]! * degree);
    return [
      cos * Math.cos(value * degree),
      cos * Math.sin(value * degree),
      Math.sin(lat[i]! * degree),
    ] as const;
  });
  const [x, y, z] = [0, 1, 2].map((axis) => vectors.reduce((sum, v) => sum + v[axis]!, 0)) as [
    number,
    number,
    number,
  ];
  const length = Math.hypot(x, y, z) || 1;
  const radius = Math.max(
    ...vectors.map((v) => Math.acos(Math.max(-1, Math.min(1, (v[0] * x + v[1] * y + v[2] * z) / length)))),
  );
  return [(Math.atan2(y, x) / degree + 360) % 360, Math.atan2(z, Math.hypot(x, y)) / degree, radius / degree];
}
