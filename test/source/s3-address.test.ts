/** Where an object of a bucket is asked for. */
import { describe, expect, it } from "vitest";
import { awsUrl, encodeKey, endpointUrl } from "../../src/source/stores/s3.js";

describe("addresses of objects in buckets", () => {
  it("are of both styles", () => {
    const at = { bucket: "my-bucket", key: "a b" };
    expect(awsUrl("eu-west-1", at)).toBe("https://my-bucket.s3.eu-west-1.amazonaws.com/a%20b");
    expect(awsUrl("eu-west-1", at, true)).toBe("https://s3.eu-west-1.amazonaws.com/my-bucket/a%20b");
    expect(awsUrl("cn-north-1", at)).toBe("https://my-bucket.s3.cn-north-1.amazonaws.com.cn/a%20b");
    expect(awsUrl("eu-west-1", { ...at, bucket: "a.b" })).toBe(
      "https://s3.eu-west-1.amazonaws.com/a.b/a%20b",
    );
    expect(endpointUrl("http://h:9000/base/", at)).toBe("http://h:9000/base/my-bucket/a%20b");
    expect(endpointUrl("https://h", at, false)).toBe("https://my-bucket.h/a%20b");
    expect(endpointUrl("h.example", at)).toBe("https://h.example/my-bucket/a%20b");
    expect(() => endpointUrl("ftp://h", at)).toThrowError(/endpoint/);
  });

  it("encode keys as S3 does", () => {
    expect(encodeKey("a+b c/é!'()*~-_.=&%")).toBe("a%2Bb%20c/%C3%A9%21%27%28%29%2A~-_.%3D%26%25");
  });
});
