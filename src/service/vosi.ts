/**
 * What the service says of itself: VOSI 1.1, capabilities and availability.
 */
import { textAnswer, xml } from "./answer.js";

interface Capability {
  readonly standard: string;
  readonly path: string;
  readonly query?: readonly string[];
}

const sodaQuery = ["ID", "CIRCLE", "POLYGON", "POS", "BAND", "TIME", "POL", "HDU", "RESPONSEFORMAT"];

const capabilityList: readonly Capability[] = [
  { standard: "ivo://ivoa.net/std/VOSI#capabilities", path: "capabilities" },
  { standard: "ivo://ivoa.net/std/VOSI#availability", path: "availability" },
  { standard: "ivo://ivoa.net/std/SODA#sync-1.0", path: "soda/sync", query: sodaQuery },
  { standard: "ivo://ivoa.net/std/SODA#async-1.0", path: "soda/async", query: sodaQuery },
  { standard: "ivo://ivoa.net/std/DataLink#links-1.0", path: "links", query: ["ID"] },
];

/** `/capabilities` (VODataService 1.1 interfaces). */
export function capabilities(base: string): Response {
  const each = capabilityList.map(({ standard, path, query }) => {
    const isQuery = query !== undefined;
    const params = (query ?? []).map(
      (name) =>
        `      <param${name === "ID" ? ' std="true" use="required"' : ' std="true"'}><name>${name}</name><dataType>string</dataType></param>\n`,
    );
    return `  <capability standardID="${standard}">
    <interface xsi:type="vs:ParamHTTP" role="std">
      <accessURL use="${isQuery ? "base" : "full"}">${xml(base + path)}</accessURL>
${isQuery ? `      <queryType>GET</queryType>\n      <queryType>POST</queryType>\n` : ""}${params.join("")}    </interface>
  </capability>
`;
  });
  return textAnswer(
    `<?xml version="1.0" encoding="UTF-8"?>
<vosi:capabilities xmlns:vosi="http://www.ivoa.net/xml/VOSICapabilities/v1.0" xmlns:vs="http://www.ivoa.net/xml/VODataService/v1.1" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
${each.join("")}</vosi:capabilities>
`,
    "text/xml; charset=utf-8",
  );
}

/** `/availability`. */
export function availability(since: Date, isAvailable: boolean): Response {
  return textAnswer(
    `<?xml version="1.0" encoding="UTF-8"?>
<vosi:availability xmlns:vosi="http://www.ivoa.net/xml/VOSIAvailability/v1.0">
  <vosi:available>${isAvailable}</vosi:available>
  <vosi:upSince>${since.toISOString()}</vosi:upSince>
</vosi:availability>
`,
    "text/xml; charset=utf-8",
  );
}
