/** Draws pages with WebGL2: one texture of 32-bit floats for each, values turned to colors by comparing them with 256 edges. */
import { cornerOf, pageSide, type View } from "./geometry.js";
import { drawTexels, type Page } from "./page.js";
import type { Origin } from "./values.js";

export interface Painter {
  /** Whether the page's texture is up to date. */
  isFresh(page: Page): boolean;
  /** Whether there is a texture of the page, if of an earlier state. */
  has(page: Page): boolean;
  /** Sends the page's texels to the GPU. */
  upload(page: Page, origin: Origin, reach: number): void;
  setColors(edges: Float32Array, colors: Uint8Array): void;
  setNan(color: readonly number[]): void;
  /** Draws the pages, each over those before it. */
  draw(view: View, pages: readonly Page[]): void;
  /** Drops the textures of pages not in sight that were drawn longest ago, until the others take no more than `limit` bytes. */
  trim(limit: number, inSight: ReadonlySet<string>): void;
  readonly bytes: number;
  /** Forgets all textures: of another image, or of a lost context. */
  clear(): void;
  /** Makes programs and textures again, after the context was lost. */
  restore(): void;
  close(): void;
}

const vertexSource = `#version 300 es
uniform vec4 box;
void main() {
  vec2 corner = vec2(gl_VertexID & 1, gl_VertexID >> 1);
  gl_Position = vec4(box.xy + corner * box.zw, 0.0, 1.0);
}`;

// NaN is told by its bits: compilers may take isnan() away. A texel with the bits 0xff7fffff is missing.
const fragmentSource = `#version 300 es
precision highp float;
precision highp int;
precision highp sampler2D;
uniform sampler2D page;
uniform sampler2D edges;
uniform sampler2D colors;
uniform vec2 origin;
uniform float texels;
uniform ivec2 size;
uniform float spread;
uniform vec4 nan;
out vec4 color;
float sum = 0.0;
int found = 0;
int empty = 0;
void look(vec2 at) {
  ivec2 texel = clamp(ivec2(floor((at - origin) * texels + 0.0009765625)), ivec2(0), size - 1);
  float value = texelFetch(page, texel, 0).r;
  uint bits = floatBitsToUint(value);
  if (bits == 0xff7fffffu) return;
  if ((bits & 0x7fffffffu) > 0x7f800000u) empty++;
  else {
    sum += clamp(value, -3.4028230e38, 3.4028230e38);
    found++;
  }
}
void main() {
  vec2 at = gl_FragCoord.xy;
  if (spread > 0.0) {
    look(at + vec2(-spread, -spread));
    look(at + vec2(spread, -spread));
    look(at + vec2(-spread, spread));
    look(at + vec2(spread, spread));
  } else look(at);
  if (found == 0) {
    if (empty == 0) discard;
    color = vec4(nan.rgb * nan.a, nan.a);
    return;
  }
  float value = found == 1 ? sum : sum / float(found);
  int level = 0;
  for (int step = 128; step > 0; step >>= 1)
    if (value >= texelFetch(edges, ivec2(level + step, 0), 0).r) level += step;
  color = texelFetch(colors, ivec2(level, 0), 0);
}`;

interface Held {
  readonly texture: WebGLTexture;
  readonly bytes: number;
  version: number;
  used: number;
}

const names = ["box", "page", "edges", "colors", "origin", "texels", "size", "spread", "nan"] as const;

export function newPainter(gl: WebGL2RenderingContext): Painter {
  const held = new Map<string, Held>();
  const scratch = new Float32Array(pageSide * pageSide);
  let edges: Float32Array | undefined;
  let colors: Uint8Array | undefined;
  let nan: readonly number[] = [0, 0, 0, 0];
  let clock = 0;
  let bytes = 0;
  let program!: WebGLProgram;
  let places!: Record<(typeof names)[number], WebGLUniformLocation | null>;
  let tables!: { edges: WebGLTexture; colors: WebGLTexture };

  function restore(): void {
    held.clear();
    bytes = 0;
    program = link(gl);
    places = Object.fromEntries(
      names.map((name) => [name, gl.getUniformLocation(program, name)]),
    ) as typeof places;
    tables = { edges: newTexture(), colors: newTexture() };
    if (edges && colors) setColors(edges, colors);
  }

  function newTexture(): WebGLTexture {
    const texture = gl.createTexture();
    gl.bindTexture(gl.TEXTURE_2D, texture);
    for (const filter of [gl.TEXTURE_MIN_FILTER, gl.TEXTURE_MAG_FILTER])
      gl.texParameteri(gl.TEXTURE_2D, filter, gl.NEAREST);
    for (const wrap of [gl.TEXTURE_WRAP_S, gl.TEXTURE_WRAP_T])
      gl.texParameteri(gl.TEXTURE_2D, wrap, gl.CLAMP_TO_EDGE);
    return texture;
  }

  function setColors(newEdges: Float32Array, newColors: Uint8Array): void {
    edges = newEdges;
    colors = newColors;
    gl.activeTexture(gl.TEXTURE0);
    gl.pixelStorei(gl.UNPACK_ALIGNMENT, 4);
    gl.bindTexture(gl.TEXTURE_2D, tables.edges);
    gl.texImage2D(gl.TEXTURE_2D, 0, gl.R32F, 256, 1, 0, gl.RED, gl.FLOAT, edges);
    gl.bindTexture(gl.TEXTURE_2D, tables.colors);
    gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA8, 256, 1, 0, gl.RGBA, gl.UNSIGNED_BYTE, colors);
  }

  function drop(key: string, { texture, bytes: size }: Held): void {
    gl.deleteTexture(texture);
    held.delete(key);
    bytes -= size;
  }

  function drawPage(view: View, page: Page, texture: WebGLTexture): void {
    const side = 2 ** page.level;
    const [left, bottom] = cornerOf(view, page.column * pageSide * side, page.row * pageSide * side);
    const texel = side * view.scale;
    const [x0, x1] = [Math.max(0, left), Math.min(view.width, left + page.width * texel)];
    const [y0, y1] = [Math.max(0, bottom), Math.min(view.height, bottom + page.height * texel)];
    if (x0 >= x1 || y0 >= y1) return;
    const across = 2 / view.width;
    const up = 2 / view.height;
    gl.uniform4f(places.box, x0 * across - 1, y0 * up - 1, (x1 - x0) * across, (y1 - y0) * up);
    gl.uniform2f(places.origin, left, bottom);
    gl.uniform1f(places.texels, 1 / texel);
    gl.uniform2i(places.size, page.width, page.height);
    // Where texels are smaller than pixels of the canvas, several of them are averaged.
    gl.uniform1f(places.spread, texel < 0.999 ? 0.25 : 0);
    gl.bindTexture(gl.TEXTURE_2D, texture);
    gl.drawArrays(gl.TRIANGLE_STRIP, 0, 4);
  }

  restore();
  return {
    isFresh: (page) => held.get(page.key)?.version === page.version,
    has: (page) => held.has(page.key),
    upload(page, origin, reach) {
      const texels = scratch.subarray(0, page.width * page.height);
      drawTexels(page, texels, origin, reach);
      gl.activeTexture(gl.TEXTURE0);
      gl.pixelStorei(gl.UNPACK_ALIGNMENT, 4);
      let entry = held.get(page.key);
      if (entry) gl.bindTexture(gl.TEXTURE_2D, entry.texture);
      else {
        const texture = newTexture();
        gl.texStorage2D(gl.TEXTURE_2D, 1, gl.R32F, page.width, page.height);
        entry = { texture, bytes: texels.byteLength, version: -1, used: clock };
        held.set(page.key, entry);
        bytes += entry.bytes;
      }
      gl.texSubImage2D(gl.TEXTURE_2D, 0, 0, 0, page.width, page.height, gl.RED, gl.FLOAT, texels);
      entry.version = page.version;
    },
    setColors,
    setNan: (color) => void (nan = color),
    draw(view, pages) {
      clock++;
      gl.viewport(0, 0, view.width, view.height);
      gl.clearColor(0, 0, 0, 0);
      gl.clear(gl.COLOR_BUFFER_BIT);
      gl.useProgram(program);
      gl.uniform1i(places.page, 0);
      gl.uniform1i(places.edges, 1);
      gl.uniform1i(places.colors, 2);
      gl.uniform4f(places.nan, nan[0]! / 255, nan[1]! / 255, nan[2]! / 255, nan[3]! / 255);
      gl.activeTexture(gl.TEXTURE1);
      gl.bindTexture(gl.TEXTURE_2D, tables.edges);
      gl.activeTexture(gl.TEXTURE2);
      gl.bindTexture(gl.TEXTURE_2D, tables.colors);
      gl.activeTexture(gl.TEXTURE0);
      for (const page of pages) {
        const entry = held.get(page.key);
        if (!entry) continue;
        entry.used = clock;
        drawPage(view, page, entry.texture);
      }
    },
    trim(limit, inSight) {
      if (bytes <= limit) return;
      const oldest = [...held].sort(([, a], [, b]) => a.used - b.used);
      for (const [key, entry] of oldest) {
        if (bytes <= limit) return;
        if (!inSight.has(key)) drop(key, entry);
      }
    },
    get bytes() {
      return bytes;
    },
    clear() {
      for (const [key, entry] of [...held]) drop(key, entry);
    },
    restore,
    close() {
      for (const [key, entry] of [...held]) drop(key, entry);
      gl.deleteTexture(tables.edges);
      gl.deleteTexture(tables.colors);
      gl.deleteProgram(program);
    },
  };
}

function link(gl: WebGL2RenderingContext): WebGLProgram {
  const program = gl.createProgram();
  for (const [type, source] of [
    [gl.VERTEX_SHADER, vertexSource],
    [gl.FRAGMENT_SHADER, fragmentSource],
  ] as const) {
    const shader = gl.createShader(type);
    if (!shader) continue;
    gl.shaderSource(shader, source);
    gl.compileShader(shader);
    gl.attachShader(program, shader);
    gl.deleteShader(shader);
  }
  gl.linkProgram(program);
  if (!gl.getProgramParameter(program, gl.LINK_STATUS) && !gl.isContextLost())
    throw new Error(`the browser's WebGL2 cannot run the viewer's shaders: ${gl.getProgramInfoLog(program)}`);
  return program;
}
