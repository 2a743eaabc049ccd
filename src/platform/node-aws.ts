/**
 * What the environment and `~/.aws` say of S3.
 */
import type { AwsDefaults } from "../source/options.js";

export async function awsDefaults(_options: { profile?: string | undefined }): Promise<AwsDefaults> {
  return {};
}
