/**
 * Large results are new memory, and the first touch of each of its pages costs a fault: as much as decoding what goes
 * there, on virtual machines several times as much. Another thread touches the pages just ahead of the decoding one.
 */

/** Writes zeros to memory on another thread. */
export type Touch = (bytes: Uint8Array<ArrayBuffer>) => Promise<void>;

/** Memory that is being touched ahead of whoever fills it. */
export interface Warmth {
  /**
   * To be asked before bytes `from` to `to` are written: zeros are written there no more once what it answers with has
   * settled (at once if undefined). What lies behind them is touched next.
   */
  claim(from: number, to: number): Promise<unknown> | undefined;
}

/** Results below this are touched in less time than it takes to have it done. */
export const worthWarming: number = 4 * 1024 * 1024;
/** So much is touched at a time, and so many of these are ahead of the decoding. */
const regionBytes = 1024 * 1024;
const regionsAhead = 6;

/** The warmth of `memory`, none of which has been written to. All of it has to be claimed before it is used. */
export function warmth(memory: Uint8Array<ArrayBuffer>, touch: Touch): Warmth {
  const count = Math.ceil(memory.length / regionBytes);
  /** By region: `undefined` while it is cold, a promise while it is being touched, then true, as when it is claimed. */
  const regions: (Promise<void> | true | undefined)[] = [];
  const start = (i: number): Promise<void> =>
    touch(memory.subarray(i * regionBytes, (i + 1) * regionBytes))
      .catch(() => {}) // who fills it touches it then
      .then(() => {
        regions[i] = true;
      });
  return {
    claim(from, to) {
      const end = Math.min(count, Math.ceil(to / regionBytes));
      const touching: Promise<void>[] = [];
      for (let i = Math.floor(from / regionBytes); i < end; i++) {
        const region = (regions[i] ??= true);
        if (region !== true) touching.push(region);
      }
      const last = Math.min(count, end + regionsAhead);
      for (let i = end; i < last; i++) regions[i] ??= start(i);
      return touching.length > 0 ? Promise.all(touching) : undefined;
    },
  };
}
