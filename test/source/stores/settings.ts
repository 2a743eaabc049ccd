/** Settings of stores in the environment: what a user's own are must not count in tests. */
import { afterAll, beforeEach } from "vitest";

/** Each test begins without variables of these names' beginnings; after all of them they are as they were. */
export function withoutSettings(...beginnings: string[]): void {
  const kept = { ...process.env };
  beforeEach(() => {
    for (const name of Object.keys(process.env))
      if (beginnings.some((beginning) => name.startsWith(beginning))) delete process.env[name];
  });
  afterAll(() => {
    process.env = kept;
  });
}
