import { expect, test } from "vitest";
import { showUrl } from "../../src/source/redact.js";

test.each([
  ["https://u:HUSH@host/a?b=1#c", "https://host/a?b=1"],
  ["https://host/a?subscription-key=HUSH&b=1", "https://host/a?subscription-key=***&b=1"],
  ["https://host/a?user_key=HUSH&sharedkey=HUSH&pw=HUSH", "https://host/a?user_key=***&sharedkey=***&pw=***"],
  ["https://host/a?b=1;token=HUSH", "https://host/a?b=1;token=***"],
  ["https://host/a;token=HUSH/x;v=1?b=2", "https://host/a;token=***/x;v=1?b=2"],
  [`https://host/go?to=${encodeURIComponent("http://h/x?token=HUSH")}&n=1`, "https://host/go?to=***&n=1"],
  ["https://host/a?to=http%3A%2F%2Fh%2Fx%3Fn%3D1", "https://host/a?to=http%3A%2F%2Fh%2Fx%3Fn%3D1"],
])("of %s is shown %s", (url, shown) => {
  expect(showUrl(url)).toBe(shown);
});
