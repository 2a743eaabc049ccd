import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";
import { BaseSequencer, type TestSpecification } from "vitest/node";

const src = (path: string): string => fileURLToPath(new URL(`./src/${path}`, import.meta.url));

/** Folders whose files take longest: they start processes and browsers. */
const slow = /[\\/]test[\\/](browser|cli|docs|viewer)[\\/]/;

/** The slow files first, so that both workers have something to do until the end. */
class SlowFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const isSlow = ({ moduleId }: TestSpecification): boolean => slow.test(moduleId);
    return [...sorted.filter(isSlow), ...sorted.filter((file) => !isSlow(file))];
  }
}

/** Tests of functions, which leave nothing behind: one process loads the modules once for all of these files. */
const pure = [
  "test/{codec,cutout,export,hdu,header,overview,picture,plot,stamps,table,verify,wcs,write}/**/*.test.ts",
];

/** Tests that draw or read in Chromium or Firefox. `npm test` leaves them to `npm run test:browsers`: together they take too long. */
const browsers = [
  "test/browser/**/*.test.ts",
  "test/viewer/{page,*-page}.test.ts",
  "test/viewer/screen/{astropy,screen}.test.ts",
];

/** Tests that run the examples of the documents and of `--help`, by `npm run test:docs`, for the same reason. */
const documents = ["test/docs/**/*.test.ts", "test/cli/examples.test.ts"];

export default defineConfig({
  resolve: {
    alias: [
      { find: "#platform", replacement: src("platform/node.ts") },
      { find: "#gzip", replacement: src("platform/node-gzip.ts") },
      { find: "#http", replacement: src("platform/node-http.ts") },
      { find: /^fitslice$/, replacement: src("index.ts") },
      { find: /^fitslice\/(\w+)$/, replacement: src("$1/index.ts") },
    ],
  },
  test: {
    projects: [
      { extends: true, test: { name: "pure", include: pure, isolate: false } },
      { extends: true, test: { name: "browsers", include: browsers } },
      { extends: true, test: { name: "documents", include: documents } },
      {
        extends: true,
        test: {
          name: "others",
          include: ["test/**/*.test.ts"],
          exclude: [...pure, ...browsers, ...documents],
        },
      },
    ],
    sequence: { sequencer: SlowFirst },
    testTimeout: 30_000,
    hookTimeout: 60_000,
    pool: "forks",
    // What is built is loaded as it is.
    server: { deps: { external: [/\/dist\//] } },
    // Vitest leaves one core free, which on a machine of two is half of it.
    maxWorkers: Math.max(2, availableParallelism() - 1),
  },
});
