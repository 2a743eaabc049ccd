/** The scripts of the page, each with its bytes gzipped, and whether the page loads it until a plain image is shown. */
export declare function pageScripts(): Promise<{ name: string; bytes: number; isFirst: boolean }[]>;
