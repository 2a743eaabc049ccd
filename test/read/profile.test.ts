import { expect, test } from "vitest";
import { toHar } from "../../src/read/har.js";
import { createProfile, type RequestEvent } from "../../src/read/profile.js";

const record = {
  offset: 100,
  length: 50,
  requested: 60,
  start: 1000,
  firstByte: 1050,
  end: 1060,
  url: "https://host/a.fits",
  status: 206,
  responseHeaders: { "Content-Type": "image/fits" },
};

test("a profile tells every request as it ends and adds them up", () => {
  const seen: RequestEvent[] = [];
  const profile = createProfile({ onRequest: (event) => seen.push(event) });
  profile.recorder.wave();
  profile.recorder.used({ offset: 100, length: 20 });
  profile.recorder.used({ offset: 110, length: 20 });
  profile.recorder.request(record, "pixels");
  profile.recorder.request({ ...record, start: 1020, end: 1090, failure: "HTTP 503", length: 0 }, "pixels");
  expect(seen).toHaveLength(2);
  expect(profile.summary()).toMatchObject({
    requests: 2,
    roundTrips: 1,
    bytes: 50,
    usedBytes: 30,
    wasteBytes: 20,
  });
  expect(profile.summary().events[1]).toMatchObject({
    start: 0.02,
    end: 0.09,
    failure: "HTTP 503",
    label: "pixels",
  });
});

test("the HAR form has what network panels need: times, ranges, sizes, content type", () => {
  const profile = createProfile();
  profile.recorder.request(record, "pixels");
  const har = toHar(profile.summary(), new Date("2026-01-02T03:04:05Z")) as {
    log: { version: string; entries: Record<string, unknown>[] };
  };
  expect(har.log.version).toBe("1.2");
  expect(har.log.entries[0]).toMatchObject({
    startedDateTime: "2026-01-02T03:04:05.000Z",
    time: 60,
    request: {
      method: "GET",
      url: "https://host/a.fits",
      headers: [{ name: "range", value: "bytes=100-159" }],
    },
    response: { status: 206, bodySize: 50, content: { size: 50, mimeType: "image/fits" } },
    timings: { wait: 50, receive: 10 },
    comment: "pixels",
  });
});
