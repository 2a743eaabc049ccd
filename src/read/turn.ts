/**
 * Turns of reads. A read decodes bytes (`take`) in the thread that also handles timers, aborts and answers. Decoding is
 * therefore divided into turns, and the event loop runs between two turns.
 */

/** A read, as far as its turns are concerned. */
export interface Taker {
  /** When this read may take again before other reads that wait: a time of `performance.now()`. 0 at first. */
  due: number;
}

/** Milliseconds of decoding after which the event loop may handle timers, aborts and answers. */
const turnMilliseconds = 20;

/** The turn in which reads take bytes now: it is over when the event loop has looked at what has come meanwhile. */
let turn: Turn | undefined;

interface Turn {
  readonly began: number;
  readonly over: Promise<void>;
}

/** The reads that wait for a turn, and how many of their pieces wait. */
const waiting = new Map<Taker, number>();

/** A read that has decoded for one millisecond lets other reads go first for this many milliseconds. */
const standBack = 16;

/**
 * Lets a piece of this read wait; answers with the end of its waiting. Of the reads that wait, the one that is due first
 * goes on: a read whose takers ran long stands back for a multiple of that time. So a small read waits for one `take` of
 * large reads, not for one of each of them, and a large read gets its share among many small ones.
 */
export function enqueue(taker: Taker): () => void {
  const pieces = waiting.get(taker) ?? 0;
  if (pieces === 0) taker.due = Math.max(taker.due, performance.now());
  waiting.set(taker, pieces + 1);
  return () => {
    const others = waiting.get(taker)! - 1;
    if (others > 0) waiting.set(taker, others);
    else waiting.delete(taker);
  };
}

/** Whether takers have run for long enough in this turn. */
export function isTurnOver(): boolean {
  turn ??= { began: performance.now(), over: othersTurn().then(endTurn) };
  return performance.now() - turn.began > turnMilliseconds;
}

/** Whether no other read that waits is due before this one. */
export function isNext({ due }: Taker): boolean {
  for (const other of waiting.keys()) if (other.due < due) return false;
  return true;
}

/** Settles when the event loop has looked at other things. */
export function turnEnd(): Promise<void> | undefined {
  return turn?.over;
}

/** Charges the time since `began` to this read: the read is due later. */
export function tookFor(taker: Taker, began: number): void {
  const ended = performance.now();
  taker.due = ended + standBack * (ended - began);
}

function endTurn(): void {
  turn = undefined;
}

/** Lets the event loop look at what has come meanwhile. */
function othersTurn(): Promise<void> {
  return new Promise((resolve) => {
    if (typeof setImmediate === "function") setImmediate(resolve);
    else setTimeout(resolve);
  });
}
