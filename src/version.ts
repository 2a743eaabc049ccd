/**
 * The version of the package, for what is written into files; a test holds it against package.json.
 */
export const version: string = "0.1.0";
