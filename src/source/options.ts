/**
 * The options of every kind of source.
 */
import type { FetchLike } from "./transport.js";

/** Keys of an AWS account, or of an S3-compatible server. */
export interface S3Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** With temporary keys. */
  readonly sessionToken?: string | undefined;
}

/**
 * How `s3://bucket/key` is reached. Credentials are looked for in this order: `anonymous`, `credentials`, the
 * environment (`AWS_ACCESS_KEY_ID` ...) unless `profile` is given, the profile in `~/.aws`; when nothing is found the
 * request is anonymous.
 */
export interface S3Options {
  /** Default: `AWS_REGION`, the profile's region, `us-east-1`; a server that names another is believed. */
  readonly region?: string | undefined;
  /** Base address of an S3-compatible server. Default: `AWS_ENDPOINT_URL_S3`, `AWS_ENDPOINT_URL`, the profile's, AWS. */
  readonly endpoint?: string | undefined;
  /** `endpoint/bucket/key` instead of `bucket.endpoint/key`. Default: true with an endpoint or a dot in the bucket. */
  readonly forcePathStyle?: boolean | undefined;
  /** Keys, or a function that gets them (called again when they were refused as expired). */
  readonly credentials?: S3Credentials | (() => Promise<S3Credentials>) | undefined;
  /** Name of a profile in `~/.aws/config` and `~/.aws/credentials`. Default: `AWS_PROFILE`, `default`. */
  readonly profile?: string | undefined;
  /** Do not sign, whatever keys there are. */
  readonly anonymous?: boolean | undefined;
  /** Agree to pay for the requests, where the bucket's owner does not. */
  readonly requesterPays?: boolean | undefined;
}

/** Options of a source; which count depends on its kind. */
export interface SourceOptions {
  /** Sent with every HTTP request to the origin that was asked, never to another one that it redirects to. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Used in place of the platform's own HTTP client. */
  readonly fetch?: FetchLike | undefined;
  /** How often a failed HTTP request is sent again. Default 5. */
  readonly retries?: number | undefined;
  /** Milliseconds of silence after which an HTTP request counts as failed. Default 30000. */
  readonly timeout?: number | undefined;
  /** Which object of a store (anything with zarrita's `getRange(key, range)`). */
  readonly key?: string | undefined;
  readonly s3?: S3Options | undefined;
}

/** What the environment and `~/.aws` say, as the platform found it. */
export interface AwsDefaults {
  readonly region?: string | undefined;
  readonly endpoint?: string | undefined;
  readonly credentials?: () => Promise<S3Credentials | undefined>;
}
