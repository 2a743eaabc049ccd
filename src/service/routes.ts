/**
 * The addresses of the service: one list, of which the index page, the OpenAPI description and the dispatch are made.
 */
import { version } from "../version.js";
import { xml } from "./answer.js";

interface RouteParameter {
  readonly name: string;
  readonly text: string;
  readonly required?: boolean;
  readonly example?: string;
}

export interface RouteText {
  /** The path below the service, without parameters. */
  readonly path: string;
  readonly text: string;
  readonly types: readonly string[];
  readonly methods?: readonly ("get" | "post")[];
  readonly parameters?: readonly RouteParameter[];
}

const id = {
  name: "id",
  text: "the file: its path below a root, or its address in the catalog",
  required: true,
};
const hdu = {
  name: "hdu",
  text: "names or numbers of images with commas between them, or all; default: the first image",
};
const cuts = ["application/fits", "image/png", "application/octet-stream"];
const format = { name: "format", text: "fits (default), png or npy" };
const soda: readonly RouteParameter[] = [
  { ...id, name: "ID" },
  { name: "CIRCLE", text: "longitude, latitude, radius: degrees of ICRS" },
  {
    name: "POLYGON",
    text: "longitudes and latitudes of corners; the cutout is the box of pixels that holds them",
  },
  { name: "POS", text: "CIRCLE ..., RANGE lon1 lon2 lat1 lat2, or POLYGON ..." },
  { name: "BAND", text: "two wavelengths in meters" },
  { name: "TIME", text: "two modified Julian dates" },
  { name: "POL", text: "I, Q, U, V, RR, LL, RL, LR, XX, YY, XY, YX" },
  { ...hdu, name: "HDU" },
  { name: "RESPONSEFORMAT", text: "fits (default), png or npy, or a media type" },
];

export const routeTexts: readonly RouteText[] = [
  {
    path: "cutout",
    text: "The pixels around a position.",
    types: cuts,
    parameters: [
      id,
      { name: "ra", text: "degrees of ICRS", required: true },
      { name: "dec", text: "degrees of ICRS", required: true },
      { name: "size", text: "5arcsec, 64pix, or width x height", required: true },
      format,
      hdu,
    ],
  },
  {
    path: "section",
    text: "A section of an image.",
    types: cuts,
    parameters: [
      id,
      { name: "section", text: "100:200,50:150 as numpy has it, or FITS's [51:150,101:200]" },
      format,
      hdu,
    ],
  },
  {
    path: "header",
    text: "The cards of a header.",
    types: ["text/plain", "application/json"],
    parameters: [
      id,
      { name: "hdu", text: "a name or a number; default 0" },
      { name: "format", text: "text (default) or json" },
    ],
  },
  {
    path: "table",
    text: "Columns and rows of a table.",
    types: ["application/x-votable+xml", "text/csv", "application/json", "application/vnd.apache.arrow.file"],
    parameters: [
      id,
      { name: "hdu", text: "a name or a number; default: the first table" },
      { name: "columns", text: "names with commas between them; default: all" },
      { name: "where", text: "a condition, such as mag < 18 and class == 'STAR'" },
      { name: "limit", text: "at most so many rows" },
      { name: "format", text: "votable (default), csv, json or arrow" },
    ],
  },
  {
    path: "soda/sync",
    text: "IVOA SODA 1.0: one cutout.",
    types: cuts,
    methods: ["get", "post"],
    parameters: soda,
  },
  {
    path: "soda/async",
    text: "IVOA SODA 1.0, as jobs (UWS 1.1): a cutout for each combination of values.",
    types: ["text/xml"],
    methods: ["get", "post"],
    parameters: soda,
  },
  {
    path: "links",
    text: "IVOA DataLink 1.0: the file, and the services that cut it.",
    types: ["application/x-votable+xml;content=datalink"],
    methods: ["get", "post"],
    parameters: [{ ...id, name: "ID" }],
  },
  { path: "capabilities", text: "VOSI: what the service can do.", types: ["text/xml"] },
  { path: "availability", text: "VOSI: whether the service is up.", types: ["text/xml"] },
  { path: "metrics", text: "Numbers for Prometheus.", types: ["text/plain"] },
  { path: "openapi.json", text: "This list, as OpenAPI 3.1.", types: ["application/json"] },
];

/** The OpenAPI description. */
export function openApi(base: string): string {
  const paths = routeTexts.map(({ path, text, types, methods = ["get"], parameters = [] }) => [
    `/${path}`,
    Object.fromEntries(
      methods.map((method) => [
        method,
        {
          summary: text,
          operationId: `${method}-${path.replaceAll(/\W/g, "-")}`,
          ...(method === "get"
            ? {
                parameters: parameters.map((one) => ({
                  name: one.name,
                  in: "query",
                  description: one.text,
                  required: one.required ?? false,
                  schema: { type: "string" },
                })),
              }
            : {
                requestBody: {
                  content: {
                    "application/x-www-form-urlencoded": {
                      schema: {
                        type: "object",
                        properties: Object.fromEntries(
                          parameters.map((one) => [one.name, { type: "string", description: one.text }]),
                        ),
                      },
                    },
                  },
                },
              }),
          responses: {
            200: { description: "the answer", content: Object.fromEntries(types.map((type) => [type, {}])) },
            default: {
              description: "one line of text that begins with the kind of error",
              content: { "text/plain": {} },
            },
          },
        },
      ]),
    ),
  ]);
  return `${JSON.stringify({
    openapi: "3.1.0",
    info: { title: "fitslice", version, description: "Parts of FITS files." },
    servers: [{ url: base.replace(/\/$/, "") || "/" }],
    paths: Object.fromEntries(paths),
  })}\n`;
}

/** The index page. */
export function indexPage(base: string, more: readonly RouteText[] = []): string {
  const items = [...routeTexts, ...more].map(({ path, text, parameters = [] }) => {
    const names = parameters.map(({ name }) => name).join(", ");
    const isPlain = parameters.length === 0;
    const shown = isPlain ? `<a href="${xml(base + path)}">/${xml(path)}</a>` : `/${xml(path)}`;
    return `<dt><code>${shown}</code></dt><dd>${xml(text)}${names && ` <small>${xml(names)}</small>`}</dd>`;
  });
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>fitslice</title>
<main><h1>fitslice ${version}</h1><p>Parts of FITS files over HTTP.</p><dl>
${items.join("\n")}
</dl></main>
</html>
`;
}
