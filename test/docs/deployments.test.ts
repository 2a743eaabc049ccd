import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { fitslice } from "../cli/run.js";

const python = "/usr/bin/python3";
const hasYaml = spawnSync(python, ["-c", "import yaml"]).status === 0;
if (!hasYaml && process.env["FITSLICE_REQUIRE_ORACLES"] === "1") throw new Error("no python3-yaml here");
if (!hasYaml) console.warn("skipped: python3-yaml is not installed, so the YAML of examples/ is not parsed");

function parsed<T>(path: string): T {
  const script = "import json, sys, yaml; print(json.dumps(yaml.safe_load(open(sys.argv[1]))))";
  const { stdout, stderr } = spawnSync(python, ["-c", script, path], { encoding: "utf8" });
  expect(stderr).toBe("");
  return JSON.parse(stdout) as T;
}

/** That the command line takes these arguments: what is wrong is the job, which is not there, or the queue. */
async function checkArguments(args: readonly string[], env: Readonly<Record<string, string>>): Promise<void> {
  const here = args.map((arg) => (arg.startsWith("s3:") || arg.startsWith("Ref::") ? "no-such-job" : arg));
  const { stderr } = await fitslice(here, { env: { FITSLICE_QUEUE: "redis://127.0.0.1:1", ...env } });
  expect(stderr).toMatch(/no-such-job\/job\.json: no such file|redis:\/\/127\.0\.0\.1:1 cannot be reached/);
}

interface Workload {
  apiVersion: string;
  kind: string;
  spec: {
    completionMode?: string;
    completions?: number;
    selector?: { matchLabels: Record<string, string> };
    template: {
      metadata?: { labels: Record<string, string> };
      spec: { restartPolicy?: string; containers: { args: string[]; env?: { name: string }[] }[] };
    };
  };
}

test.skipIf(!hasYaml)("the Indexed Job of Kubernetes runs as many shares as it has pods", async () => {
  const { apiVersion, kind, spec } = parsed<Workload>("examples/kubernetes/indexed-job.yaml");
  expect([apiVersion, kind, spec.completionMode]).toEqual(["batch/v1", "Job", "Indexed"]);
  const { args } = spec.template.spec.containers[0]!;
  expect(args[args.indexOf("--of") + 1]).toBe(String(spec.completions));
  expect(spec.template.spec.restartPolicy).toBe("Never");
  await checkArguments(args, { JOB_COMPLETION_INDEX: "0" });
});

test.skipIf(!hasYaml)(
  "the Deployment of Kubernetes and the services of Compose are workers of a queue",
  async () => {
    const { apiVersion, kind, spec } = parsed<Workload>("examples/kubernetes/workers.yaml");
    expect([apiVersion, kind]).toEqual(["apps/v1", "Deployment"]);
    expect(spec.selector!.matchLabels).toEqual(spec.template.metadata!.labels);
    const [container] = spec.template.spec.containers;
    expect(container!.env!.map(({ name }) => name)).toEqual(["FITSLICE_QUEUE"]);
    await checkArguments(container!.args, {});
    const { services } = parsed<{
      services: { worker: { command: string[]; environment: { FITSLICE_QUEUE: string } }; redis: object };
    }>("examples/docker-compose/compose.yaml");
    expect(services.worker.command).toEqual(container!.args);
    expect(new URL(services.worker.environment.FITSLICE_QUEUE).hostname).toBe("redis");
  },
  30_000,
);

test("the job definition of AWS Batch takes the job as a parameter", async () => {
  const { type, containerProperties } = JSON.parse(
    readFileSync("examples/aws-batch/job-definition.json", "utf8"),
  ) as { type: string; containerProperties: { command: string[] } };
  expect(type).toBe("container");
  const env = { AWS_BATCH_JOB_ARRAY_INDEX: "1", AWS_BATCH_JOB_ARRAY_SIZE: "2" };
  await checkArguments(containerProperties.command, env);
});

test.each(["examples/slurm/job.sh", "examples/aws-batch/submit.sh"])(
  "%s is a script that bash reads",
  (path) => {
    expect(spawnSync("bash", ["-n", path], { encoding: "utf8" }).stderr).toBe("");
  },
);
