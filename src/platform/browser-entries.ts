/**
 * Entries in a browser, by its Cache API: synthetic answers 200, since it refuses those of ranges. Tabs share them. The
 * store is set-associative, as in Node: each set is a cache of its own, so that few keys are looked through at each write. The
 * address of an entry tells its size; the entries that were written longest ago go first.
 */
import type { EntryCount, EntryPlace, EntryStore } from "./types.js";

/** Bytes of a set: keys are listed at each write, and a browser lists slowly. */
const setBytes = 8 * 2 ** 20;
/** Of what a browser writes beside the bytes of an entry. */
const bookkeeping = 1024;
const base = "https://cache.invalid/";

/** Rejects where the page has no Cache API: it was not served over https. */
export async function openStore(place: EntryPlace): Promise<EntryStore> {
  if (typeof caches === "undefined")
    throw new Error("a page has a cache only where it was served over https");
  const sets = Math.max(1, Math.floor(place.limit / setBytes));
  const own = `${prefixOf(place)}${place.limit}-`;
  // Another limit has other sets.
  for (const name of await namesOf(place)) if (!name.startsWith(own)) await caches.delete(name);
  const setOf = (name: string): Promise<Cache> =>
    caches.open(`${own}${Number.parseInt(name.slice(0, 12), 16) % sets}`);
  const ignoreSearch = true;

  return {
    async read(name, most) {
      const found = await (await setOf(name)).match(base + name, { ignoreSearch });
      if (!found) return undefined;
      const entry = new Uint8Array(await found.arrayBuffer());
      return most === undefined ? entry : entry.subarray(0, most);
    },
    async write(name, entry) {
      const set = await setOf(name);
      await set.delete(base + name, { ignoreSearch });
      let total = entry.length + bookkeeping;
      const keys = await set.keys();
      for (const { url } of keys) total += countedIn(url);
      for (const key of keys) {
        if (total <= setBytes) break;
        await set.delete(key);
        total -= countedIn(key.url);
      }
      await set.put(`${base}${name}?${entry.length}`, new Response(entry));
    },
    async remove(name) {
      await (await setOf(name)).delete(base + name, { ignoreSearch });
    },
  };
}

export async function countEntries(place: EntryPlace): Promise<EntryCount> {
  let bytes = 0;
  let entries = 0;
  let limit: number | undefined;
  for (const name of await namesOf(place)) {
    limit = Number(name.slice(prefixOf(place).length).split("-")[0]);
    for (const { url } of await (await caches.open(name)).keys()) {
      bytes += countedIn(url) - bookkeeping;
      entries++;
    }
  }
  return { folder: folderOf(place), limit, bytes, entries };
}

export async function clearEntries(place: EntryPlace): Promise<void> {
  for (const name of await namesOf(place)) await caches.delete(name);
}

function folderOf({ folder = "fitslice" }: EntryPlace): string {
  return folder;
}

/** What the names of a cache's sets begin with; a name that goes on otherwise is another cache's. */
function prefixOf(place: EntryPlace): string {
  return `${folderOf(place)} of fitslice-`;
}

async function namesOf(place: EntryPlace): Promise<string[]> {
  if (typeof caches === "undefined") return [];
  const prefix = prefixOf(place);
  return (await caches.keys()).filter(
    (name) => name.startsWith(prefix) && /^\d+-\d+$/.test(name.slice(prefix.length)),
  );
}

function countedIn(url: string): number {
  return Number(new URL(url).search.slice(1)) + bookkeeping;
}
