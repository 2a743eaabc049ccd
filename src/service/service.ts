/**
 * The service: from a Request to a Response, whatever the server is.
 */
import { checkFunction, checkMembers, checkObject, checkOptional } from "../argument.js";
import type { FitsError } from "../errors.js";
import type { ZarrHandler } from "../zarr/index.js";
import { keptAnswers, preflight, refusalAnswer, textAnswer } from "./answer.js";
import type { Exchange, FileFinder, Shared } from "./exchange.js";
import { type JobWork, jobWork } from "./job-run.js";
import { type Jobs, jobsInMemory } from "./jobs.js";
import { gateOf, limitsOf, type ServiceLimits } from "./limits.js";
import { links } from "./links.js";
import { newMetrics } from "./metrics.js";
import { parametersOf } from "./parameters.js";
import { plainCutout, plainHeader, plainSection } from "./plain.js";
import { notFound, Refusal, refusalOf } from "./refusal.js";
import { indexPage, openApi, type RouteText } from "./routes.js";
import { sodaSync } from "./soda.js";
import { plainTable } from "./table.js";
import { uws } from "./uws.js";
import { availability, capabilities } from "./vosi.js";

/** What is known of an answer when it begins: nothing of its parameters, which may hold secrets of others. */
export interface ServiceLogEntry {
  readonly time: string;
  readonly client: string;
  readonly method: string;
  /** The first part of the path, `soda/sync`; `other` for paths that the service does not have. */
  readonly route: string;
  readonly status: number;
  /** Seconds until the answer began. */
  readonly seconds: number;
}

export interface ServiceOptions {
  /** Finds the file of an ID. */
  readonly find: FileFinder;
  /** The path of the service on its server. Default `/`. */
  readonly base?: string | undefined;
  /** The address of the service as clients see it, where that is not the one of their requests. */
  readonly publicUrl?: string | undefined;
  readonly limits?: Partial<ServiceLimits> | undefined;
  /** Answers below `zarr/`: what `zarrHandler` makes. */
  readonly zarr?: ZarrHandler | undefined;
  /** Other routes, by the first part of their path. They get the request as it came. `/links` points to whole files where there is one named `file`. */
  readonly routes?: Readonly<Record<string, (request: Request) => Promise<Response>>> | undefined;
  /** What the index page says of these routes. */
  readonly about?: readonly RouteText[] | undefined;
  /** Makes what keeps and runs the jobs of `/soda/async`. Default: the memory of this process. */
  readonly jobs?: ((work: JobWork) => Jobs) | undefined;
  /** Called when an answer begins. */
  readonly log?: ((entry: ServiceLogEntry) => void) | undefined;
  /** An error of the library as clients see it, in one line. Default: its message, which holds no secrets but perhaps local paths. */
  readonly tell?: ((error: FitsError) => string) | undefined;
  /** More numbers for /metrics. */
  readonly gauges?: (() => Readonly<Record<string, number>>) | undefined;
}

/** Answers requests; `client` names who asks, for the number of jobs and the log. Never rejects. */
export interface Service {
  (request: Request, client?: string): Promise<Response>;
  /** Refuses new work (503), and waits for the work that goes on. */
  drain(): Promise<void>;
}

/**
 * A service of cutouts, headers and tables: IVOA SODA 1.0, DataLink and VOSI, and plain routes. Throws BAD_ARGUMENT for options that make
 * no sense.
 */
export function service(options: ServiceOptions): Service {
  checkObject(options);
  const { find, base = "/", log, zarr, routes = {}, about, gauges } = options;
  checkFunction(find, "find");
  checkOptional(
    { log, zarr, gauges, tell: options.tell, jobs: options.jobs },
    "a function",
    (value) => typeof value === "function",
  );
  const limits = limitsOf(options.limits);
  const shared: Shared = {
    find,
    limits,
    gate: gateOf(limits.requests, limits.waiting),
    kept: keptAnswers(limits.keptBytes),
    tell: options.tell ?? ((error) => error.message),
    hasFiles: Object.hasOwn(routes, "file"),
  };
  const prefix = base.endsWith("/") ? base : `${base}/`;
  const since = new Date();
  const metrics = newMetrics();
  const jobs = (options.jobs ?? jobsInMemory)(jobWork(shared));
  const working = new Set<Promise<Response>>();
  let isDraining = false;

  function publicBase({ url }: Request): string {
    const given = options.publicUrl ?? new URL(url).origin + prefix;
    return given.endsWith("/") ? given : `${given}/`;
  }

  async function numbers(): Promise<Record<string, number>> {
    return {
      requests_at_work: shared.gate.busy,
      kept_bytes: shared.kept.bytes,
      jobs: await jobs.count(),
      ...gauges?.(),
    };
  }

  const handlers: Readonly<Record<string, Handler>> = {
    cutout: plainCutout,
    section: plainSection,
    header: plainHeader,
    table: plainTable,
    links,
    "soda/sync": sodaSync,
    "soda/async": (exchange) => uws(exchange, jobs),
    capabilities: async (exchange) => capabilities(exchange.base),
    availability: async () => availability(since, !isDraining),
    metrics: async () =>
      textAnswer(metrics.text(await numbers()), "text/plain; version=0.0.4; charset=utf-8"),
    "openapi.json": async (exchange) => textAnswer(openApi(exchange.base), "application/json"),
    "": async (exchange) => textAnswer(indexPage(exchange.base, about), "text/html; charset=utf-8"),
  };

  async function answer(request: Request, route: Route, client: string): Promise<Response> {
    if (request.method === "OPTIONS" && route.name !== "zarr") return preflight();
    if (isDraining && route.name !== "availability" && route.name !== "metrics")
      throw new Refusal(503, "ServiceUnavailable", "the service is about to end");
    if (route.name === "zarr" && zarr) return zarr(request);
    const other = Object.hasOwn(routes, route.name) ? routes[route.name] : undefined;
    if (other) return other(request);
    const handler = Object.hasOwn(handlers, route.name) ? handlers[route.name] : undefined;
    if (!handler || (route.rest.length > 0 && route.name !== "soda/async"))
      throw notFound("there is no such route");
    checkMethod(request, route);
    const clock = timedSignal(request.signal, limits.seconds);
    try {
      const parameters = await parametersOf(request, limits.formBytes);
      const { rest } = route;
      const all = {
        request,
        shared,
        rest,
        parameters,
        base: publicBase(request),
        client,
        signal: clock.signal,
      };
      return headOf(request, await handler(all));
    } catch (error) {
      // The clock tells a client who left from a time that is over.
      throw refusalOf(error, clock.signal, shared.tell);
    } finally {
      clock.stop();
    }
  }

  async function handle(request: Request, client = ""): Promise<Response> {
    checkMembers(request, ["method", "url"], "a request", "a Request");
    const began = performance.now();
    const route = routeOf(request.url, prefix);
    let response: Response;
    try {
      response = await answer(request, route, client);
    } catch (error) {
      response = headOf(request, refusalAnswer(refusalOf(error, request.signal, shared.tell)));
    }
    if (response.status === 405) response.headers.set("Allow", methodsOf(route).join(", "));
    const seconds = (performance.now() - began) / 1000;
    const isKnown =
      Object.hasOwn(handlers, route.name) || Object.hasOwn(routes, route.name) || route.name === "zarr";
    const name = isKnown ? route.name || "index" : "other";
    metrics.count(name, response.status, seconds);
    const { status } = response;
    const { method } = request;
    log?.({
      time: new Date().toISOString(),
      client,
      method,
      route: name,
      status,
      seconds: Number(seconds.toFixed(6)),
    });
    return response;
  }

  const serve = (request: Request, client?: string): Promise<Response> => {
    const response = handle(request, client);
    working.add(response);
    response.finally(() => working.delete(response)).catch(() => undefined);
    return response;
  };
  return Object.assign(serve, {
    async drain() {
      isDraining = true;
      await Promise.allSettled([jobs.stop(), ...working]);
    },
  });
}

type Handler = (exchange: Exchange) => Promise<Response>;

interface Route {
  readonly name: string;
  readonly rest: readonly string[];
}

/** The route of an address: the first part of its path, or the first two below `soda`. */
function routeOf(url: string, prefix: string): Route {
  const { pathname } = new URL(url);
  if (!pathname.startsWith(prefix)) return { name: "other", rest: [] };
  const parts = pathname.slice(prefix.length).split("/");
  const count = parts[0] === "soda" ? 2 : 1;
  const rest = parts.slice(count);
  return { name: parts.slice(0, count).join("/"), rest: rest.length === 1 && rest[0] === "" ? [] : rest };
}

const posts = /^(soda\/sync|soda\/async|links)$/;

function methodsOf({ name }: Route): string[] {
  const more = name === "soda/async" ? ["POST", "DELETE"] : posts.test(name) ? ["POST"] : [];
  return ["GET", "HEAD", ...more];
}

function checkMethod({ method }: Request, route: Route): void {
  if (methodsOf(route).includes(method)) return;
  const { name } = route;
  throw new Refusal(405, "UsageError", `/${name} takes GET${posts.test(name) ? " and POST" : ""}`);
}

/** An answer to HEAD has no body; a stream that nobody takes is ended. */
function headOf({ method }: Request, response: Response): Response {
  if (method !== "HEAD") return response;
  void response.body?.cancel().catch(() => undefined);
  return new Response(null, response);
}

/** A signal that ends with another one, or after a time. (`AbortSignal.any` of a long-lived one keeps what it made.) */
function timedSignal(outer: AbortSignal, seconds: number): { readonly signal: AbortSignal; stop(): void } {
  const controller = new AbortController();
  const quit = (): void => controller.abort(outer.reason);
  if (outer.aborted) quit();
  outer.addEventListener("abort", quit, { once: true });
  const timer = setTimeout(
    () => controller.abort(new DOMException("the time of an answer is over", "TimeoutError")),
    seconds * 1000,
  );
  return {
    signal: controller.signal,
    stop() {
      clearTimeout(timer);
      outer.removeEventListener("abort", quit);
    },
  };
}
