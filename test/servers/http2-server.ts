/**
 * A server of byte ranges over HTTP/2 on loopback, with what can go wrong there on demand.
 */

import type { OutgoingHttpHeaders } from "node:http";
import {
  constants,
  createSecureServer,
  type Http2SecureServer,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from "node:http2";
import type { AddressInfo } from "node:net";
import type { Certificate } from "./certificate.js";
import { parseRange } from "./range-server.js";

/**
 * - `500`, `503`: the status; `refuse`: the stream is refused before anything is looked at; `reset`: it is reset after half of the body,
 *   `cancel`: as if that were all right; `early`: it is reset before an answer;
 * - `short`: the body ends after half of what its length says; `clean`: the same without a length; `silent`: no answer;
 *   `stall`: silence after half of the body;
 * - `goaway`: the connection takes no more requests, and ends with those that it has; `lost`: the connection is gone after half of the body.
 */
export type Http2Fault =
  | "500"
  | "503"
  | "refuse"
  | "early"
  | "reset"
  | "cancel"
  | "short"
  | "clean"
  | "silent"
  | "stall"
  | "goaway"
  | "lost";

export interface Http2Server {
  /** `https://127.0.0.1:PORT` */
  readonly url: string;
  readonly nextFaults: Http2Fault[];
  /** What came: a stream's path, headers, and the number of its connection. */
  readonly requests: { path: string; headers: Record<string, string>; connection: number }[];
  /** Most streams at a time. */
  readonly most: { streams: number };
  close(): Promise<void>;
}

export interface Http2ServerOptions {
  readonly certificate: Certificate;
  readonly files: Readonly<Record<string, Uint8Array>>;
  /** Streams that a client may have open. Default: no limit. */
  readonly maxConcurrentStreams?: number;
  /** Milliseconds before each answer. */
  readonly latency?: number;
  /** Answers before anything else. */
  readonly route?: (
    path: string,
    headers: Record<string, string>,
  ) => { status: number; headers?: Record<string, string>; body?: string } | undefined;
}

function refuse(stream: ServerHttp2Stream, headers: OutgoingHttpHeaders, body: string): void {
  stream.respond(headers);
  stream.end(body);
}

export async function startHttp2Server({
  certificate,
  files,
  maxConcurrentStreams,
  latency = 0,
  route,
}: Http2ServerOptions): Promise<Http2Server> {
  const { key, cert } = certificate;
  const nextFaults: Http2Fault[] = [];
  const requests: Http2Server["requests"] = [];
  const most = { streams: 0 };
  const sessions = new Map<ServerHttp2Session, number>();
  let connections = 0;
  let open = 0;

  function answer(stream: ServerHttp2Stream, headers: Record<string, string>): void {
    const path = decodeURIComponent(headers[":path"]!.replace(/\?.*$/s, ""));
    requests.push({
      path,
      headers: { ...headers },
      connection: sessions.get(stream.session as ServerHttp2Session) ?? -1,
    });
    const said = route?.(path, headers);
    if (said) return void refuse(stream, { ":status": said.status, ...said.headers }, said.body ?? "");
    const file = files[path];
    const fault = nextFaults.shift();
    if (fault === "500" || fault === "503") return void refuse(stream, { ":status": Number(fault) }, "no");
    if (fault === "refuse") return void stream.close(constants.NGHTTP2_REFUSED_STREAM);
    if (fault === "early") return void stream.close(constants.NGHTTP2_INTERNAL_ERROR);
    if (fault === "silent") return;
    if (!file) return void refuse(stream, { ":status": 404 }, "nothing");
    const range = parseRange(headers["range"], file.length);
    if (range === "outside")
      return void refuse(stream, { ":status": 416, "content-range": `bytes */${file.length}` }, "");
    const { offset, length } = range ?? { offset: 0, length: file.length };
    stream.respond({
      ":status": range ? 206 : 200,
      etag: '"v1"',
      ...(range && { "content-range": `bytes ${offset}-${offset + length - 1}/${file.length}` }),
      ...(fault !== "clean" && { "content-length": String(length) }),
    });
    const half = file.subarray(offset, offset + Math.ceil(length / 2));
    if (fault === undefined || fault === "goaway") {
      if (fault) stream.session!.goaway(constants.NGHTTP2_NO_ERROR);
      return void stream.end(file.subarray(offset, offset + length));
    }
    stream.write(half, () =>
      // What was written is to arrive first.
      setTimeout(() => {
        if (fault === "reset") stream.close(constants.NGHTTP2_INTERNAL_ERROR);
        if (fault === "cancel") stream.close(constants.NGHTTP2_CANCEL);
        if (fault === "short" || fault === "clean") stream.end();
        if (fault === "lost") (stream.session as ServerHttp2Session).destroy();
      }, 20),
    );
  }

  const server: Http2SecureServer = createSecureServer({
    key,
    cert,
    ...(maxConcurrentStreams !== undefined && { settings: { maxConcurrentStreams } }),
  });
  server.on("session", (session) => {
    sessions.set(session, connections++);
    session.on("error", () => {});
    session.on("close", () => sessions.delete(session));
  });
  server.on("stream", (stream, headers) => {
    most.streams = Math.max(most.streams, ++open);
    stream.on("close", () => open--);
    stream.on("error", () => {});
    const go = (): void => {
      if (!stream.destroyed) answer(stream, headers as Record<string, string>);
    };
    if (latency > 0) setTimeout(go, latency);
    else go();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `https://127.0.0.1:${(server.address() as AddressInfo).port}`,
    ...{ nextFaults, requests, most },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const session of sessions.keys()) session.destroy();
      }),
  };
}
