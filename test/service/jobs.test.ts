/** Jobs (UWS 1.1): from their parameters to their results, and their end. */
import { beforeAll, describe, expect, it } from "vitest";
import { fitsOf, type TestService, testService } from "./files.js";

let service: TestService;
beforeAll(async () => {
  service = await testService({ limits: { jobs: 5, combinations: 10 } });
});

async function created(form: string, by = service): Promise<string> {
  const response = await by.post("soda/async", form);
  expect(response.status).toBe(303);
  return new URL(response.headers.get("Location")!).pathname.slice(1);
}

async function finished(job: string): Promise<string> {
  for (;;) {
    const text = await (await service.get(`${job}?WAIT=10`)).text();
    if (/<uws:phase>(COMPLETED|ERROR|ABORTED)</.test(text)) return text;
  }
}

const places = "CIRCLE=150.4214 2.4224 0.0001&CIRCLE=150.4213 2.4223 0.0001&CIRCLE=10 2 0.1";

describe("a job", () => {
  it("makes a result for each combination of values", async () => {
    const job = await created(`ID=hst.fits&${places}`);
    expect(await (await service.get(`${job}/phase`)).text()).toBe("PENDING");
    expect((await service.post(`${job}/phase`, "PHASE=RUN")).status).toBe(303);
    const text = await finished(job);
    expect(text).toContain("<uws:phase>COMPLETED<");
    expect(text.match(/<uws:result /g)).toHaveLength(3);
    const own = await service.get(`soda/sync?ID=hst.fits&CIRCLE=150.4213%202.4223%200.0001`);
    const result = await service.get(`${job}/results/result-2`);
    expect(await result.arrayBuffer()).toEqual(await own.arrayBuffer());
    expect(await (await service.get(`${job}/results/result-3`)).text()).toMatch(
      /^UsageError: nothing of hst.fits overlaps/,
    );
    expect(await (await service.get("soda/async?PHASE=COMPLETED")).text()).toContain(job.split("/").at(-1));
    expect((await service.post(job, "", "DELETE")).status).toBe(303);
    expect((await service.get(job)).status).toBe(404);
    expect(service.lent()).toBe(0);
  });

  it("takes more parameters while it waits, and runs at once where that is said", async () => {
    const job = await created("CIRCLE=150.4214 2.4224 0.0001");
    await service.post(`${job}/parameters`, "ID=hst.fits");
    await service.post(`${job}/executionduration`, "EXECUTIONDURATION=5");
    expect(await (await service.get(`${job}/executionduration`)).text()).toBe("5");
    await service.post(`${job}/phase`, "PHASE=RUN");
    expect(await finished(job)).toContain("COMPLETED");
    expect((await service.post(`${job}/parameters`, "ID=cube.fits")).status).toBe(400);
    const other = await created("ID=hst.fits&CIRCLE=150.4214 2.4224 0.0001&PHASE=RUN");
    await finished(other);
    const { shape } = await (await fitsOf(await service.get(`${other}/results/result-1`))).image();
    expect(shape).toEqual([15, 15]);
    for (const one of [job, other]) await service.post(one, "ACTION=DELETE");
  });

  it("says what was wrong", async () => {
    const job = await created("ID=none.fits&CIRCLE=1 2 3&PHASE=RUN");
    const text = await finished(job);
    expect(text).toContain("<uws:phase>ERROR<");
    expect(await (await service.get(`${job}/error`)).text()).toBe(
      "UsageError: no file has the ID none.fits\n",
    );
    const many = await created(`ID=hst.fits&${Array(11).fill("CIRCLE=1 2 3").join("&")}&PHASE=RUN`);
    expect(await finished(many)).toContain("11 cutouts are wanted, and a job has 10 at most");
    for (const one of [job, many]) await service.post(one, "ACTION=DELETE");
  });

  it("is aborted, and goes when its time is over", async () => {
    const job = await created("ID=hst.fits");
    await service.post(`${job}/phase`, "PHASE=ABORT");
    expect(await (await service.get(`${job}/phase`)).text()).toBe("ABORTED");
    await service.post(`${job}/destruction`, "DESTRUCTION=2001-01-01T00:00:00Z");
    expect((await service.get(job)).status).toBe(404);
  });

  it("is refused to clients who have many", async () => {
    const jobs = await Promise.all(Array.from({ length: 5 }, () => created("ID=hst.fits")));
    const response = await service.post("soda/async", "ID=hst.fits");
    expect([response.status, await response.text()]).toEqual([
      503,
      "ServiceUnavailable: you have 5 jobs; delete one\n",
    ]);
    for (const job of jobs) await service.post(job, "ACTION=DELETE");
  });
});
