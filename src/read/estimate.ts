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
  const speed = { ...initial };
  const latency = median();
  const throughput = median();
  return {
    speed,
    learn({ failure, start, firstByte, end, length }) {
      if (failure || !length) return;
      speed.latency = latency(Math.max((firstByte - start) / 1000, 1e-5)) ?? initial.latency;
      const seconds = (end - firstByte) / 1000;
      if (length >= tellingLength && seconds > 5e-4)
        speed.throughput = throughput(length / seconds) ?? initial.throughput;
    },
  };
}

/** The middle one of the last; with fewer than three, no measurement is trusted yet. */
function median(): (value: number) => number | undefined {
  let last: number[] = [];
  return (value) => {
    last = [...last, value].slice(-remembered);
    return last.length < 3 ? undefined : last.toSorted((a, b) => a - b)[last.length >> 1];
  };
}
