/**
 * The drawings of the demo's report: which bytes of the file moved, and when. They are HTML whose places are percentages, so that
 * they fit any screen.
 */
import type { ProfileSummary } from "fitslice";

/** Colors and places of the drawings, for the page's style sheet. */
export const drawingStyles = `
  .legend { display: flex; flex-wrap: wrap; gap: .2rem 1.2rem; padding: 0; margin: .6rem 0; list-style: none; font-size: .9rem; }
  .legend i { display: inline-block; width: 1.1rem; height: .7rem; margin-right: .4rem; border-radius: 2px; }
  .row { display: grid; grid-template-columns: 13rem 1fr; gap: 0 .8rem; align-items: center; font-size: .8rem; margin: .15rem 0; font-variant-numeric: tabular-nums; }
  .track { position: relative; height: .9rem; overflow: hidden; border-radius: 2px; }
  .track i { position: absolute; top: 0; bottom: 0; min-width: 2px; }
  .map .track { background: color-mix(in srgb, currentColor 9%, transparent); }
  .map .row:first-child .track { height: 1.4rem; }
  .track b { position: absolute; inset: 0; overflow: hidden; font-style: normal; font-weight: 600; line-height: 1.4rem; text-align: center; white-space: nowrap; text-overflow: clip; }
  .ends { display: flex; justify-content: space-between; }
  .header { background: #d9822b; } .data { background: color-mix(in srgb, currentColor 28%, var(--paper)); border-left: 1px solid var(--paper); }
  .moved, .receiving { background: #2a78d6; } .waiting { background: #2a78d64d; }
  @media (max-width: 40rem) { .row { grid-template-columns: 1fr; margin: .4rem 0; } }
`;

/** One part of the file, from `start` to `end`, in bytes. */
interface Part {
  readonly kind: "header" | "data" | "moved";
  readonly start: number;
  readonly end: number;
  readonly title: string;
  /** Written on the mark, where the mark is wide enough for a short name. */
  readonly name?: string;
}

/** Where the headers and the data of an HDU begin, in bytes. */
interface HduPlace {
  readonly name: string;
  readonly header: number;
  readonly data: number;
}

interface Moved {
  readonly title: string;
  readonly profile: ProfileSummary;
}

/** The file from its first byte to its last: a line of its HDUs, and below it a line of each step's bytes. */
export function fileMap(hdus: readonly HduPlace[], size: number, steps: readonly Moved[]): string {
  const parts = hdus.flatMap(({ name, header, data }, i): Part[] => {
    const end = hdus[i + 1]?.header ?? size;
    return [
      { kind: "data", start: data, end, title: `data of ${name}`, name },
      { kind: "header", start: header, end: data, title: `header of ${name}` },
    ];
  });
  const rows = steps.map(({ title, profile }, i) => {
    const moved = profile.events.map(
      ({ offset, length }): Part => ({
        kind: "moved",
        start: offset,
        end: offset + length,
        title: `${length} bytes from byte ${offset} on`,
      }),
    );
    const label = `${i + 1}. ${title}`;
    return mapRow(moved.length > 0 ? label : `${label} (nothing moved)`, moved, size);
  });
  return `<div class="map" role="img" aria-label="which bytes of the file each step moved">
${mapRow(`The HDUs of the file: ${hdus.map(({ name }) => name).join(", ")}`, parts, size)}
${rows.join("\n")}
<div class="row"><span></span><span class="ends"><span>byte 0</span><span>byte ${size}</span></span></div>
</div>
${legend({ header: "header of an HDU", data: "data of an HDU", moved: "bytes that moved" })}
<p class="note">The line is the file, from its first byte to its last byte. Each mark is at least two pixels wide: headers are shorter than they look. Point at a mark to see its bytes.</p>`;
}

function mapRow(label: string, parts: readonly Part[], size: number): string {
  const marks = parts
    .filter(({ start, end }) => end > start)
    .map(({ kind, start, end, title, name }) => mark(kind, start / size, end / size, title, name));
  return `<div class="row"><span>${escapeHtml(label)}</span><span class="track">${marks.join("")}</span></div>`;
}

/** The requests against time, as a network panel draws them: waiting light, receiving solid. */
export function waterfall({ events }: ProfileSummary): string {
  const end = Math.max(...events.map((event) => event.end)) || 1;
  const rows = events.map(({ offset, length, start, firstByte, end: stop }) => {
    const marks = [
      mark("waiting", start / end, firstByte / end, "waiting for the first byte"),
      mark("receiving", firstByte / end, stop / end, "receiving"),
    ];
    return `<div class="row"><span>${kilobytes(length)} at byte ${offset}</span><span class="track">${marks.join("")}</span></div>`;
  });
  return `<div role="img" aria-label="requests against time">
${rows.join("\n")}
<div class="row"><span></span><span class="ends"><span>0</span><span>${(end * 1000).toFixed(0)} ms</span></span></div>
</div>
${legend({ waiting: "waiting for the first byte", receiving: "receiving" })}`;
}

function legend(entries: Readonly<Record<string, string>>): string {
  const items = Object.entries(entries).map(([kind, text]) => `<li><i class="${kind}"></i>${text}</li>`);
  return `<ul class="legend">${items.join("")}</ul>`;
}

/** A mark from one share of the line to another, each between 0 and 1. */
function mark(kind: string, from: number, to: number, title: string, name?: string): string {
  const [left, width] = [100 * from, 100 * (to - from)].map((share) => share.toFixed(3));
  const text = name !== undefined && to - from > 0.1 ? `<b>${escapeHtml(name)}</b>` : "";
  return `<i class="${kind}" style="left: min(${left}%, 100% - 2px); width: ${width}%" title="${escapeHtml(title)}">${text}</i>`;
}

export function kilobytes(bytes: number): string {
  return bytes < 1e6 ? `${(bytes / 1e3).toFixed(1)} kB` : megabytes(bytes);
}

export function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(bytes < 1e8 ? 2 : 0)} MB`;
}

export function escapeHtml(text: string): string {
  const entities: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };
  return text.replace(/[&<>"]/g, (c) => entities[c]!);
}
