import type { ProfileSummary } from "fitslice";
import { expect, test } from "vitest";
import { fileMap, waterfall } from "../../demo/drawings.js";
import { htmlReport } from "../../demo/report.js";

const event = { requested: 100, label: "data", url: "", status: 206 };
const profile: ProfileSummary = {
  ...{
    requests: 2,
    roundTrips: 1,
    bytes: 150,
    usedBytes: 120,
    wasteBytes: 30,
    seconds: 1,
    bytesPerSecond: 150,
  },
  events: [
    { ...event, offset: 250, length: 100, start: 0, firstByte: 0.5, end: 1 },
    { ...event, offset: 950, length: 50, start: 0.25, firstByte: 0.5, end: 0.75 },
  ],
  eventsDropped: 0,
};
const idle: ProfileSummary = { ...profile, requests: 0, bytes: 0, usedBytes: 0, events: [] };

/** Kind, left edge and width of the marks, in percent. */
function marksOf(html: string): string[] {
  const marks = html.matchAll(
    /<i class="(\w+)" style="left: min\(([\d.]+)%, 100% - 2px\); width: ([\d.]+)%"/g,
  );
  return [...marks].map(([, kind, left, width]) => `${kind} ${left} ${width}`);
}

test("the map shows headers and data of the file, and the bytes that each step moved, in shares of the file", () => {
  const hdus = [
    { name: "PRIMARY", header: 0, data: 100 },
    { name: "SCI", header: 100, data: 200 },
  ];
  const map = fileMap(hdus, 1000, [
    { title: "Cut", profile },
    { title: "Ask", profile: idle },
  ]);
  expect(marksOf(map)).toEqual([
    "header 0.000 10.000",
    "data 20.000 80.000",
    "header 10.000 10.000",
    "moved 25.000 10.000",
    "moved 95.000 5.000",
  ]);
  expect(map).toContain("Ask (nothing moved)");
  for (const text of ["header of an HDU", "data of an HDU", "bytes that moved"])
    expect(map).toContain(`</i>${text}</li>`);
});

test("the requests are drawn against time: waiting, then receiving, with a legend", () => {
  const drawn = waterfall(profile);
  expect(marksOf(drawn)).toEqual([
    "waiting 0.000 50.000",
    "receiving 50.000 50.000",
    "waiting 25.000 25.000",
    "receiving 50.000 25.000",
  ]);
  for (const text of ["waiting for the first byte", "receiving"]) expect(drawn).toContain(`</i>${text}</li>`);
});

test("titles, code and outputs are text of the page, never markup", () => {
  const hostile = "<script>'\"&";
  const step = { name: "cut", title: hostile, code: hostile, text: hostile, seconds: 1, profile };
  const page = htmlReport([step], { bytes: 1000, seconds: 2 }, { latency: 50, throughput: 50 });
  expect(page).not.toContain("<script");
  expect(page.match(/&lt;script&gt;'&quot;&amp;/g)!.length).toBeGreaterThanOrEqual(4);
});
