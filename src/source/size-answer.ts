/**
 * The answer to a question for the size of an object: asked where a server hides the place of a part from a page, or answers
 * 416 without the size. Loaded then.
 */
import { hiddenRange, otherRange, WrongAnswer } from "./http-errors.js";
import { type Answer, agreed, bodyLength, encodingOf, smallBody } from "./http-response.js";

/** Learns the size from the whole object: by what it says, or by counting up to where the read begins. */
export async function readSize(answer: Answer): Promise<void> {
  const { object, read, entry, named, response, readBody } = answer;
  const start = read.offset + read.got;
  const size = bodyLength(response);
  if (size !== undefined) {
    object.version = agreed(answer, size);
  } else {
    const unknown = new WrongAnswer(
      response.filtered ? hiddenRange(named.href) : otherRange(named, entry, "status 416"),
    );
    if (start > smallBody || encodingOf(response) !== "identity") throw unknown;
    let length = 0;
    await readBody((chunk) => {
      length += chunk.length;
      if (length > start) throw unknown;
    });
    object.version = agreed(answer, length);
  }
  read.end = Math.max(start, Math.min(read.end, object.version.size ?? read.end));
}
