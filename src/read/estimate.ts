/**
 * What requests to this source cost, learnt from those already made.
 */
import type { RequestRecord } from "../source/source.js";

export interface Speed {
  /** Seconds before the first byte. */
  readonly latency: number;
  /** Bytes per second over one connection. */
  readonly throughput: number;
}

/** Before anything is known: a request over the internet to a data center. */
export const networkSpeed: Speed = { latency: 0.05, throughput: 50e6 };

export interface SpeedEstimate {
  readonly speed: Speed;
  learn(request: RequestRecord): void;
}

/** Only answers of this length tell throughput from noise. */
const tellingLength = 128 * 1024;
const remembered = 9;

/** An estimate that starts at `initial` and follows the median of the last requests. */
export function speedEstimate(initial: Speed): SpeedEstimate {
  const latencies: number[] = [];
  const throughputs: number[] = [];
  return {
    get speed() {
      return {
        latency: median(latencies) ?? initial.latency,
        throughput: median(throughputs) ?? initial.throughput,
      };
    },
    learn({ failure, start, firstByte, end, length }) {
      if (failure !== undefined || length === 0) return;
      push(latencies, Math.max((firstByte - start) / 1000, 1e-5));
      const seconds = (end - firstByte) / 1000;
      if (length >= tellingLength && seconds > 5e-4) push(throughputs, length / seconds);
    },
  };
}

function push(list: number[], value: number): void {
  list.push(value);
  if (list.length > remembered) list.shift();
}

/** The middle one; with fewer than three, no measurement is trusted yet. */
function median(list: readonly number[]): number | undefined {
  if (list.length < 3) return undefined;
  return [...list].sort((a, b) => a - b)[list.length >> 1];
}
