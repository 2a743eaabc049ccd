/**
 * The catalog of a service: which addresses the rows of a table of footprints, or of an ObsCore table, stand for.
 */
import { badUsage } from "../failure.js";
import { readList } from "../stamps/lists.js";

const columns = ["access_url", "obs_publisher_did"];

/** Addresses by the IDs that name them: each address itself, and the row's `obs_publisher_did` where the table has that column. */
export async function catalogOf(table: string | undefined): Promise<ReadonlyMap<string, string>> {
  const addresses = new Map<string, string>();
  if (table === undefined) return addresses;
  const list = await readList(table, "--catalog", {}, (names) =>
    names.filter((name) => columns.includes(name.toLowerCase())),
  );
  const [url, did] = columns.map((name) => list.columns.find((one) => one.toLowerCase() === name));
  if (url === undefined)
    throw badUsage(`--catalog ${table} has no column access_url; fitslice footprints makes such a table`);
  for (let row = 0; row < list.length; row++) {
    const address = String(list.value(row, url) ?? "").trim();
    if (address === "") throw badUsage(`--catalog ${table}: row ${row + 1} has no access_url`);
    addresses.set(address, address);
    const name = did === undefined ? "" : String(list.value(row, did) ?? "").trim();
    if (name !== "" && !addresses.has(name)) addresses.set(name, address);
  }
  return addresses;
}
