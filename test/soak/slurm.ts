/**
 * A SLURM of three nodes on this machine, as root and without any service of the system: tasks of an array that fail, and what is
 * submitted again.
 */
import type { ChildProcess } from "node:child_process";
import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { freePort } from "../servers/free-port.js";
import { cli, has, makeInputs, planJob, program, server, wait, wrongIn } from "./jobs.js";
import type { SoakOptions, SoakResult, Violation } from "./report.js";

const tasks = 30;

/** A job of `count` targets. */
export async function soakSlurm({ count, seed, folder }: SoakOptions): Promise<SoakResult> {
  if (!has("slurmctld") || process.getuid?.() !== 0)
    return { numbers: { "targets (skipped: no slurmctld here, or not root)": 0 }, violations: [] };
  await makeInputs(folder, count, seed);
  planJob(folder, "job", 100);
  const slurm = await startSlurm(join(folder, "slurm"));
  const violations: Violation[] = [];
  const status = (): { done: number; shards: number; array: string } =>
    JSON.parse(cli(folder, ["cutouts", "status", "job", "--of", String(tasks), "--json"], [0, 1])) as never;
  try {
    // The first time, every third task is killed in its midst, and every fifth one fails before it begins.
    writeFileSync(
      join(folder, "first.sh"),
      script(folder, "[ $((SLURM_ARRAY_TASK_ID % 5)) -eq 0 ] && exit 7", killer),
    );
    slurm.submit(folder, `0-${tasks - 1}`, "first.sh");
    const first = status();
    if (first.array === "") violations.push({ kind: "wrong", text: "no task has failed" });
    writeFileSync(join(folder, "again.sh"), script(folder, "echo $SLURM_ARRAY_TASK_ID >> again.txt", ""));
    const code = slurm.submit(folder, first.array, "again.sh");
    if (code !== 0) violations.push({ kind: "wrong", text: `sbatch ended with ${code}` });
    const ran = readFileSync(join(folder, "again.txt"), "utf8").trim().split("\n").length;
    const second = status();
    if (second.array !== "") violations.push({ kind: "wrong", text: `missing: ${second.array}` });
    else violations.push(...wrongIn(folder, "job", count));
    return {
      numbers: { targets: count, tasks, "shards done the first time": first.done, "tasks run again": ran },
      violations,
    };
  } finally {
    await slurm.stop();
  }
}

/** Kills the task's program after a moment. */
const killer = "[ $((SLURM_ARRAY_TASK_ID % 3)) -eq 1 ] && (sleep 0.$((RANDOM % 8 + 2)); kill -9 $child) &";

function script(folder: string, before: string, during: string): string {
  return `#!/bin/bash
cd ${folder}
${before}
"${process.execPath}" "${program}" cutouts run job --of ${tasks} --jobs 1 &
child=$!
${during}
wait $child
`;
}

interface Slurm {
  /** Submits an array, and waits for its end; the exit code of sbatch. */
  submit(folder: string, array: string, script: string): number;
  stop(): Promise<void>;
}

async function startSlurm(folder: string): Promise<Slurm> {
  mkdirSync(join(folder, "ctld"), { recursive: true });
  const host = hostname().split(".")[0]!;
  const port = await freePort();
  const nodes = [1, 2, 3];
  const ports: number[] = [];
  for (const _ of nodes) ports.push(await freePort());
  const lines = nodes.map(
    (n, i) =>
      `NodeName=n${n} NodeHostname=${host} NodeAddr=127.0.0.1 Port=${ports[i]} CPUs=1 RealMemory=500 State=UNKNOWN`,
  );
  const conf = join(folder, "slurm.conf");
  writeFileSync(conf, configuration(host, folder, port, lines));
  const env = { SLURM_CONF: conf };
  const daemons: ChildProcess[] = [server(folder, "slurmctld", ["-D", "-f", conf], env)];
  for (const n of nodes) daemons.push(server(folder, "slurmd", ["-D", "-f", conf, "-N", `n${n}`], env));
  for (let tries = 0; tries < 30; tries++) {
    await wait(1);
    const { stdout } = spawnSync("sinfo", ["-h", "-o", "%D %T"], {
      encoding: "utf8",
      env: { ...process.env, ...env },
    });
    if (/^3 idle/m.test(stdout)) break;
  }
  return {
    submit(cwd, array, name) {
      const args = ["--wait", `--array=${array}`, "-o", join(folder, "%a.out"), name];
      return (
        spawnSync("sbatch", args, { cwd, env: { ...process.env, ...env }, stdio: "ignore" }).status ?? -1
      );
    },
    async stop() {
      for (const daemon of daemons.reverse()) daemon.kill("SIGTERM");
      await wait(2);
      for (const daemon of daemons) daemon.kill("SIGKILL");
    },
  };
}

function configuration(host: string, folder: string, port: number, nodes: readonly string[]): string {
  return `ClusterName=fitslice
SlurmctldHost=${host}(127.0.0.1)
SlurmUser=root
SlurmdUser=root
AuthType=auth/none
CredType=cred/none
MpiDefault=none
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
ReturnToService=2
SlurmctldPort=${port}
SlurmctldPidFile=${folder}/ctld.pid
SlurmdPidFile=${folder}/%n.pid
StateSaveLocation=${folder}/ctld
SlurmdSpoolDir=${folder}/%n
SlurmctldLogFile=${folder}/ctld.log
SlurmdLogFile=${folder}/%n.log
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
JobCompType=jobcomp/none
SwitchType=switch/none
MaxArraySize=10001
SchedulerParameters=sched_interval=1,batch_sched_delay=0
SlurmdParameters=config_overrides
${nodes.join("\n")}
PartitionName=p Nodes=n[1-3] Default=YES MaxTime=INFINITE State=UP
`;
}
