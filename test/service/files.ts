/**
 * A service over files in memory, for tests.
 */
import { ndarray } from "../../src/array.js";
import { type Fits, open } from "../../src/index.js";
import { type Service, type ServiceOptions, service } from "../../src/service/index.js";
import { fitsBytes, imageHdu } from "../../src/write/index.js";
import { exampleFile } from "../fixtures/example.js";

export interface TestService {
  readonly answer: Service;
  get(path: string, headers?: Record<string, string>): Promise<Response>;
  post(path: string, form: string, method?: string): Promise<Response>;
  /** Files that are in use. */
  readonly lent: () => number;
}

/** A cube of 4 wavelengths (500, 510, 520, 530 nm) and two polarizations (Q, U), 12 x 10 pixels around 10 20. */
export async function cubeFile(): Promise<Uint8Array<ArrayBuffer>> {
  const shape = [2, 4, 10, 12];
  const data = Float32Array.from({ length: 2 * 4 * 10 * 12 }, (_, i) => i);
  return fitsBytes([
    imageHdu({
      data: ndarray(data, shape),
      header: [
        ...Object.entries({ CTYPE1: "RA---TAN", CTYPE2: "DEC--TAN", CTYPE3: "WAVE", CTYPE4: "STOKES" }),
        ...Object.entries({ CRVAL1: 10, CRVAL2: 20, CRVAL3: 500, CRVAL4: 2 }),
        ...Object.entries({ CRPIX1: 6.5, CRPIX2: 5.5, CRPIX3: 1, CRPIX4: 1 }),
        ...Object.entries({ CDELT1: -0.001, CDELT2: 0.001, CDELT3: 10, CDELT4: 1 }),
        ...Object.entries({ CUNIT1: "deg", CUNIT2: "deg", CUNIT3: "nm", RADESYS: "ICRS" }),
      ].map(([keyword, value]) => ({ keyword: String(keyword), value: value! })),
    }),
  ]);
}

export async function testService(options: Partial<ServiceOptions> = {}): Promise<TestService> {
  const files = new Map<string, Fits>([
    ["hst.fits", await open(await exampleFile())],
    ["cube.fits", await open(await cubeFile())],
  ]);
  let lent = 0;
  const answer = service({
    find: async (id) => {
      const fits = files.get(id);
      if (!fits) return undefined;
      lent++;
      return { fits, tag: "version 1", done: () => void lent-- };
    },
    ...options,
  });
  const at = (path: string): string => `http://archive.example/${path}`;
  return {
    answer,
    get: (path, headers = {}) => answer(new Request(at(path), { headers }), "somebody"),
    post: (path, form, method = "POST") =>
      answer(new Request(at(path), { method, body: new URLSearchParams(form) }), "somebody"),
    lent: () => lent,
  };
}

/** The file that an answer holds. */
export async function fitsOf(response: Response): Promise<Fits> {
  return open(new Uint8Array(await response.arrayBuffer()));
}
