/**
 * Numbers of the service in the text form of Prometheus: nothing of what was asked for, and by whom.
 */

/** Seconds that the buckets of the histogram end at. */
const buckets = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

/** The HELP lines of gauges, which checkers of metrics ask for. The name of a gauge that the caller adds is its help. */
const meanings: Readonly<Record<string, string>> = {
  requests_at_work: "Requests that are worked on.",
  kept_bytes: "Bytes of answers that are kept.",
  jobs: "Jobs of /soda/async.",
  resident_bytes: "Memory of the process.",
};

export interface Metrics {
  /** Counts an answer. */
  count(route: string, status: number, seconds: number): void;
  /** The text, with these values of the moment. */
  text(now: Readonly<Record<string, number>>): string;
}

export function newMetrics(): Metrics {
  const requests = new Map<string, number>();
  const counts = buckets.map(() => 0);
  let [total, sum] = [0, 0];
  return {
    count(route, status, seconds) {
      const key = `route="${route}",status="${status}"`;
      requests.set(key, (requests.get(key) ?? 0) + 1);
      total++;
      sum += seconds;
      for (const [i, end] of buckets.entries()) if (seconds <= end) counts[i]!++;
    },
    text(now) {
      const lines = [
        "# HELP fitslice_requests_total Answers, by route and status.",
        "# TYPE fitslice_requests_total counter",
        ...[...requests].map(([labels, count]) => `fitslice_requests_total{${labels}} ${count}`),
        "# HELP fitslice_request_seconds Seconds until an answer began.",
        "# TYPE fitslice_request_seconds histogram",
        ...buckets.map((end, i) => `fitslice_request_seconds_bucket{le="${end}"} ${counts[i]}`),
        `fitslice_request_seconds_bucket{le="+Inf"} ${total}`,
        `fitslice_request_seconds_sum ${sum}`,
        `fitslice_request_seconds_count ${total}`,
        ...Object.entries(now).flatMap(([name, value]) => [
          `# HELP fitslice_${name} ${meanings[name] ?? name.replaceAll("_", " ")}`,
          `# TYPE fitslice_${name} gauge`,
          `fitslice_${name} ${value}`,
        ]),
      ];
      return `${lines.join("\n")}\n`;
    },
  };
}
