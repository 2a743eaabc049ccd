/**
 * As much of Hadoop's WebHDFS as reading needs: a name node that tells lengths and times and sends reads to a data node (at another
 * host name), users, delegation tokens, exceptions in JSON. Faults are met at the data node, those of `nextNameFaults` at the name node.
 */
import type { IncomingMessage } from "node:http";
import type { Content } from "./content.js";
import { type RangeServer, type RangeServerOptions, type Reply, startRangeServer } from "./range-server.js";

export interface WebHdfsOptions extends Omit<RangeServerOptions, "files" | "route"> {
  /** By path: `{ "/data/a.fits": bytes }`. */
  readonly files: Readonly<Record<string, Content>>;
  /** Paths that only this user may read. */
  readonly readers?: Readonly<Record<string, string>>;
  /** Whose delegation tokens these are; where there are any, the server wants one. */
  readonly tokens?: Readonly<Record<string, string>>;
  /** Where reads are sent in place of the data node. */
  readonly dataNode?: string;
}

export interface WebHdfsServer extends RangeServer {
  /** The next requests to the name node are answered so. */
  readonly nextNameFaults: Reply[];
}

function exception(status: number, name: string, message: string): Reply {
  const body = { RemoteException: { exception: name, javaClassName: `org.apache.hadoop.${name}`, message } };
  return { status, headers: { "content-type": "application/json" }, body: JSON.stringify(body) };
}

export async function startWebHdfs({
  files,
  readers = {},
  tokens = {},
  dataNode,
  ...options
}: WebHdfsOptions): Promise<WebHdfsServer> {
  const contents = new Map<string, Content>(Object.entries(files));
  const nextNameFaults: Reply[] = [];
  let modified = 1_700_000_000_000;

  /** The name node's answer. */
  function nameNode(path: string, parameters: URLSearchParams): Reply {
    const fault = nextNameFaults.shift();
    if (fault) return fault;
    const token = parameters.get("delegation");
    if (token !== null && !(token in tokens))
      return exception(403, "InvalidToken", `token (token for ${token}) can't be found in cache`);
    if (token === null && Object.keys(tokens).length > 0)
      return { status: 401, headers: { "www-authenticate": "Negotiate" }, body: "Authentication required" };
    const user = token === null ? (parameters.get("user.name") ?? "dr.who") : tokens[token];
    const content = contents.get(path);
    if (!content) return exception(404, "FileNotFoundException", `File does not exist: ${path}`);
    if (readers[path] && readers[path] !== user)
      return exception(
        403,
        "AccessControlException",
        `Permission denied: user=${user}, access=READ, inode="${path}"`,
      );
    const length = content instanceof Uint8Array ? content.length : (content as { size: number }).size;
    if (parameters.get("op") === "GETFILESTATUS") {
      const status = { length, modificationTime: modified, type: "FILE", pathSuffix: "", owner: "lab" };
      return {
        status: 200,
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ FileStatus: status }),
      };
    }
    if (parameters.get("op") !== "OPEN")
      return exception(400, "IllegalArgumentException", "Invalid value for op");
    if (Number(parameters.get("offset")) > length)
      return exception(403, "IOException", "Offset out of the range");
    const at = dataNode ?? `http://localhost:${server.port}`;
    const place = `${at}/webhdfs/v1${path.split("/").map(encodeURIComponent).join("/")}`;
    return { status: 307, headers: { location: `${place}?${parameters}&namenoderpcaddress=nn:8020` } };
  }

  const server = await startRangeServer({
    ...options,
    files,
    validators: false,
    partStatus: 200,
    route(request: IncomingMessage, asked) {
      const path = asked.replace(/^\/webhdfs\/v1/, "");
      const { searchParams } = new URL(request.url ?? "/", "http://any");
      if (!searchParams.has("namenoderpcaddress")) return nameNode(path, searchParams);
      const offset = Number(searchParams.get("offset"));
      request.headers.range = `bytes=${offset}-${offset + Number(searchParams.get("length")) - 1}`;
      return { path };
    },
  });
  return {
    ...server,
    nextNameFaults,
    set(path, content) {
      modified++;
      if (content) contents.set(path, content);
      else contents.delete(path);
      server.set(path, content);
    },
  };
}
