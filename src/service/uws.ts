/**
 * Jobs over HTTP: UWS 1.1, below /soda/async.
 */
import { seeOther, textAnswer, xml } from "./answer.js";
import type { Exchange } from "./exchange.js";
import { isOver, type Job, type Jobs, type Phase } from "./jobs.js";
import { oneValue, onlyThese, type Parameters, valuesOf } from "./parameters.js";
import { notFound, Refusal, usage } from "./refusal.js";
import { sodaParameters } from "./soda.js";

const namespaces =
  'xmlns:uws="http://www.ivoa.net/xml/UWS/v1.0" xmlns:xlink="http://www.w3.org/1999/xlink" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"';

/** `/soda/async` and all below. */
export async function uws(exchange: Exchange, jobs: Jobs): Promise<Response> {
  const { rest, request, base } = exchange;
  const isWrite = request.method === "POST" || request.method === "DELETE";
  const [id, part, name, ...more] = rest;
  if (id === undefined) {
    if (request.method === "DELETE") throw new Refusal(405, "UsageError", "jobs are deleted one by one");
    return isWrite ? create(exchange, jobs) : list(exchange, jobs);
  }
  const job = await jobs.find(id);
  if (!job || more.length > 0) throw notFound("there is no such job");
  const address = `${base}soda/async/${job.id}`;
  if (request.method === "DELETE") {
    if (part !== undefined) throw usage("only a job as a whole is deleted");
    await jobs.remove(job);
    return seeOther(`${base}soda/async`);
  }
  if (request.method === "POST") return change(exchange, jobs, job, part);
  if (part === undefined) return jobAnswer(await waited(exchange, jobs, job), address);
  if (part === "results" && name !== undefined) return result(exchange, jobs, job, name);
  if (name !== undefined) throw notFound("a job has no such part");
  return partAnswer(job, part, address);
}

async function create(exchange: Exchange, jobs: Jobs): Promise<Response> {
  const { parameters, client, base } = exchange;
  onlyThese(parameters, [...sodaParameters, "PHASE"]);
  const phase = oneValue(parameters, "PHASE");
  if (phase !== undefined && phase !== "RUN") throw usage("PHASE of a new job is RUN, or is left out");
  const own = new Map(parameters);
  own.delete("PHASE");
  const job = await jobs.create(client, own);
  if (phase === "RUN") await jobs.run(job);
  return seeOther(`${base}soda/async/${job.id}`);
}

const phases = /^(PENDING|QUEUED|EXECUTING|COMPLETED|ERROR|ABORTED|UNKNOWN|HELD|SUSPENDED|ARCHIVED)$/;

/** The jobs of who asks. */
async function list({ parameters, client, base }: Exchange, jobs: Jobs): Promise<Response> {
  onlyThese(parameters, ["PHASE", "LAST", "AFTER"]);
  const wanted = valuesOf(parameters, "PHASE");
  if (!wanted.every((phase) => phases.test(phase)))
    throw usage("PHASE is PENDING, QUEUED, EXECUTING and so on");
  const last = oneValue(parameters, "LAST");
  if (last !== undefined && !/^\d{1,9}$/.test(last)) throw usage("LAST is a number of jobs");
  const after = dateIn(oneValue(parameters, "AFTER"), "AFTER");
  const shown = (await jobs.of(client))
    .filter(
      ({ phase, created }) => (wanted.length === 0 || wanted.includes(phase)) && (!after || created > after),
    )
    .slice(0, last === undefined ? undefined : Number(last));
  const items = shown.map(
    ({ id, phase, created }) =>
      `  <uws:jobref id="${id}" xlink:href="${xml(`${base}soda/async/${id}`)}"><uws:phase>${phase}</uws:phase><uws:creationTime>${created.toISOString()}</uws:creationTime></uws:jobref>\n`,
  );
  return xmlAnswer(`<uws:jobs ${namespaces} version="1.1">\n${items.join("")}</uws:jobs>`);
}

async function change(exchange: Exchange, jobs: Jobs, job: Job, part: string | undefined): Promise<Response> {
  const { parameters, base } = exchange;
  const address = `${base}soda/async/${job.id}`;
  switch (part) {
    case undefined:
      if (oneValue(parameters, "ACTION") === "DELETE") {
        await jobs.remove(job);
        return seeOther(`${base}soda/async`);
      }
      await setParameters(jobs, job, parameters);
      return seeOther(address);
    case "phase": {
      const phase = oneValue(parameters, "PHASE");
      if (phase === "RUN") {
        if (!(await jobs.run(job))) throw usage(`the job is ${job.phase}; one that is PENDING can be run`);
      } else if (phase === "ABORT") await jobs.abort(job);
      else throw usage("PHASE is RUN or ABORT");
      return seeOther(address);
    }
    case "parameters":
      await setParameters(jobs, job, parameters);
      return seeOther(address);
    case "executionduration": {
      const seconds = Number(oneValue(parameters, "EXECUTIONDURATION") ?? Number.NaN);
      if (!Number.isInteger(seconds) || seconds < 0) throw usage("EXECUTIONDURATION is a number of seconds");
      const most = exchange.shared.limits.jobSeconds;
      await jobs.change(job, { duration: seconds === 0 ? most : Math.min(seconds, most) });
      return seeOther(address);
    }
    case "destruction": {
      const date = dateIn(oneValue(parameters, "DESTRUCTION"), "DESTRUCTION");
      if (!date) throw usage("DESTRUCTION is missing");
      const latest = job.created.getTime() + exchange.shared.limits.jobLife * 1000;
      await jobs.change(job, { destruction: new Date(Math.min(date.getTime(), latest)) });
      return seeOther(address);
    }
    default:
      throw new Refusal(405, "UsageError", "this part of a job is only read");
  }
}

async function setParameters(jobs: Jobs, job: Job, parameters: Parameters): Promise<void> {
  onlyThese(parameters, sodaParameters);
  if (job.phase !== "PENDING") throw usage(`the job is ${job.phase}; its parameters stay as they are`);
  await jobs.change(job, { parameters });
}

function dateIn(text: string | undefined, name: string): Date | undefined {
  if (text === undefined) return undefined;
  const isDate = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:?\d\d)?)?$/.test(text);
  const date = new Date(/T[^Z+-]*$/.test(text) ? `${text}Z` : text);
  if (isDate && !Number.isNaN(date.getTime())) return date;
  throw usage(`${name} is a date such as 2026-12-01T00:00:00Z`);
}

/** The job, after it has left its phase or WAIT is over: seconds, -1 for as long as may be. */
async function waited({ parameters, signal, shared }: Exchange, jobs: Jobs, job: Job): Promise<Job> {
  onlyThese(parameters, ["WAIT", "PHASE"]);
  const text = oneValue(parameters, "WAIT");
  if (text === undefined) return job;
  if (!/^(-1|\d{1,9})$/.test(text)) throw usage("WAIT is a number of seconds, or -1");
  const most = Math.max(0, shared.limits.seconds - 1);
  const seconds = text === "-1" ? most : Math.min(most, Number(text));
  const phase = oneValue(parameters, "PHASE") ?? job.phase;
  // A job that waits for its start changes by nobody's doing but the client's: UWS waits for QUEUED and EXECUTING, too.
  const now = await jobs.changed(job, phase as Phase, seconds, signal);
  if (!now) throw notFound("there is no such job");
  return now;
}

async function result({ request }: Exchange, jobs: Jobs, job: Job, name: string): Promise<Response> {
  const found = job.results.find(({ id }) => id === name);
  const answer = found && (await jobs.result(job, found, request));
  if (!answer) throw notFound("the job has no such result");
  return answer;
}

function partAnswer(job: Job, part: string, address: string): Response {
  switch (part) {
    case "phase":
      return textAnswer(job.phase);
    case "executionduration":
      return textAnswer(String(job.duration));
    case "destruction":
      return textAnswer(job.destruction.toISOString());
    case "quote":
    case "owner":
      return textAnswer("");
    case "error":
      return textAnswer(job.error === undefined ? "" : `${job.error}\n`);
    case "parameters":
      return xmlAnswer(parametersText(job, ` ${namespaces}`));
    case "results":
      return xmlAnswer(resultsText(job, address, ` ${namespaces}`));
    default:
      throw notFound("a job has no such part");
  }
}

function jobAnswer(job: Job, address: string): Response {
  const { id, phase, created, started, ended, duration, destruction, error } = job;
  const time = (name: string, date: Date | undefined): string =>
    date ? `<uws:${name}>${date.toISOString()}</uws:${name}>` : `<uws:${name} xsi:nil="true"/>`;
  const runId = valuesOf(job.parameters, "RUNID")[0];
  const summary =
    error !== undefined && phase === "ERROR"
      ? `\n  <uws:errorSummary type="fatal" hasDetail="true"><uws:message>${xml(error)}</uws:message></uws:errorSummary>`
      : "";
  return xmlAnswer(`<uws:job ${namespaces} version="1.1">
  <uws:jobId>${id}</uws:jobId>${runId === undefined ? "" : `\n  <uws:runId>${xml(runId)}</uws:runId>`}
  <uws:ownerId xsi:nil="true"/>
  <uws:phase>${phase}</uws:phase>
  <uws:quote xsi:nil="true"/>
  <uws:creationTime>${created.toISOString()}</uws:creationTime>
  ${time("startTime", started)}
  ${time("endTime", isOver(phase) ? ended : undefined)}
  <uws:executionDuration>${duration}</uws:executionDuration>
  <uws:destruction>${destruction.toISOString()}</uws:destruction>
  ${parametersText(job)}
  ${resultsText(job, address)}${summary}
</uws:job>`);
}

function parametersText({ parameters }: Job, attributes = ""): string {
  const items = [...parameters].flatMap(([name, values]) =>
    values.map((value) => `<uws:parameter id="${xml(name)}">${xml(value)}</uws:parameter>`),
  );
  return `<uws:parameters${attributes}>${items.join("")}</uws:parameters>`;
}

function resultsText({ results }: Job, address: string, attributes = ""): string {
  const items = results.map(
    ({ id, type, bytes }) =>
      `<uws:result id="${id}" xlink:href="${xml(`${address}/results/${id}`)}" mime-type="${xml(type)}" size="${bytes}"/>`,
  );
  return `<uws:results${attributes}>${items.join("")}</uws:results>`;
}

function xmlAnswer(text: string): Response {
  return textAnswer(`<?xml version="1.0" encoding="UTF-8"?>\n${text}\n`, "text/xml; charset=utf-8");
}
