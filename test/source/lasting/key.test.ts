import { describe, expect, test } from "vitest";
import { httpAccess } from "../../../src/source/http-access.js";
import { type ObjectKey, objectKey } from "../../../src/source/lasting/key.js";
import { s3Access } from "../../../src/source/stores/s3.js";

type Headers = Readonly<Record<string, string>>;

async function keyOf(url: string, headers: Headers = {}): Promise<ObjectKey> {
  const access = httpAccess(url, { headers });
  return objectKey(access, await access.headers(access.url));
}

async function s3Key(
  accessKeyId: string,
  more: { region?: string; endpoint?: string } = {},
): Promise<ObjectKey> {
  const s3 = { region: "us-east-1", credentials: { accessKeyId, secretAccessKey: "very-secret" }, ...more };
  const access = await s3Access("s3://bucket/a.fits", { s3 }, false);
  return objectKey(access, await access.headers(access.url));
}

const jwt = (claims: object): string =>
  `Bearer e30.${btoa(JSON.stringify(claims))}.signature-of-${Math.random()}`;

describe("an address signed anew is the same object", () => {
  const base = "https://b.example/a.fits?versionId=7";
  test.each([
    [
      "AWS",
      (n: number) => `&X-Amz-Credential=AKIA1%2F2026010${n}%2Fus&X-Amz-Date=${n}&X-Amz-Signature=s${n}`,
    ],
    ["Google", (n: number) => `&X-Goog-Credential=me%2F${n}&X-Goog-Expires=${n}&X-Goog-Signature=s${n}`],
    ["CloudFront", (n: number) => `&Expires=${n}&Signature=s${n}&Key-Pair-Id=K1`],
    ["AWS, second version", (n: number) => `&AWSAccessKeyId=A1&Expires=${n}&Signature=s${n}`],
    ["Azure", (n: number) => `&sv=2023-11-03&st=${n}&se=${n}&sr=b&sp=r&sig=s${n}`],
    ["Hadoop", (n: number) => `&delegation=t${n}`],
  ])("by %s", async (_, signature) => {
    const [one, two, plain] = await Promise.all(
      [base + signature(1), base + signature(2), base].map((u) => keyOf(u)),
    );
    expect(one).toEqual(two);
    expect(one!.address).toBe(plain!.address);
    expect(one!.isPublic).toBe(false);
    expect(plain!.isPublic).toBe(true);
  });

  test("by keys of S3, in whatever region the bucket is", async () => {
    expect(await s3Key("AKIA1")).toEqual(await s3Key("AKIA1"));
    expect(await s3Key("AKIA1", { region: "eu-west-1" })).toEqual(await s3Key("AKIA1"));
    expect(JSON.stringify(await s3Key("AKIA1"))).not.toContain("very-secret");
  });

  test("by a token of the same person", async () => {
    const one = await keyOf(base, { Authorization: jwt({ iss: "x", sub: "me", exp: 1 }) });
    expect(await keyOf(base, { Authorization: jwt({ iss: "x", sub: "me", exp: 2 }) })).toEqual(one);
    expect(one.isPublic).toBe(false);
  });
});

describe("other objects have other keys", () => {
  test.each([
    "https://b.example/b.fits",
    "https://b.example/A.fits",
    "http://b.example/a.fits",
    "https://b.example:8443/a.fits",
    "https://b.example/a.fits?",
    "https://b.example/a.fits?x=1",
    // Words of signatures are ordinary words where nothing is signed.
    "https://b.example/a.fits?token=1",
    "https://b.example/a.fits?se=3&sp=2",
    "https://b.example/a.fits?Expires=3",
    "https://b.example/a.fits?sig=3",
  ])("%s", async (url) => {
    const { address } = await keyOf("https://b.example/a.fits");
    const other = await keyOf(url);
    if (url.endsWith("?")) expect(other.address).toBe(address);
    else expect(other.address).not.toBe(address);
  });

  test("at another endpoint of S3", async () => {
    const [one, two] = await Promise.all(
      ["https://one.example", "https://two.example"].map((endpoint) => s3Key("A", { endpoint })),
    );
    expect(one!.address).not.toBe(two!.address);
  });
});

describe("another reader has another key", () => {
  const url = "https://b.example/a.fits";
  const readers: [string, () => Promise<ObjectKey>][] = [
    ["nobody", () => keyOf(url)],
    ["a user", () => keyOf("https://ann:word@b.example/a.fits")],
    ["another user", () => keyOf("https://bob:word@b.example/a.fits")],
    ["a token", () => keyOf(url, { Authorization: "Bearer 1" })],
    ["another token", () => keyOf(url, { Authorization: "Bearer 2" })],
    ["a person's token", () => keyOf(url, { Authorization: jwt({ sub: "ann" }) })],
    ["another person's", () => keyOf(url, { Authorization: jwt({ sub: "bob" }) })],
    ["a key", () => keyOf(url, { "X-Api-Key": "1" })],
    ["another key", () => keyOf(url, { "X-Api-Key": "2" })],
    ["keys of AWS", () => keyOf(`${url}?X-Amz-Credential=A%2F1&X-Amz-Signature=1`)],
    ["other keys of AWS", () => keyOf(`${url}?X-Amz-Credential=B%2F1&X-Amz-Signature=1`)],
  ];

  test("and all of them ask for the same address", async () => {
    const keys = await Promise.all(readers.map(([, key]) => key()));
    expect(new Set(keys.map(({ address }) => address)).size).toBe(1);
    expect(new Set(keys.map(({ reader }) => reader)).size).toBe(readers.length);
  });

  test("also with keys of S3", async () => {
    expect((await s3Key("AKIA1")).reader).not.toBe((await s3Key("AKIA2")).reader);
  });

  test("but a password is no part of a key", async () => {
    const one = await keyOf("https://ann:word@b.example/a.fits?password=tiger");
    const two = await keyOf("https://ann:other@b.example/a.fits?password=lion");
    expect(one).toEqual(two);
    expect(one.isPublic).toBe(false);
  });
});
