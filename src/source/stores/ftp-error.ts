/**
 * What an FTP server means when it refuses (RFC 959, 4.2), and what the user can do about it.
 */
import { FitsError } from "../../errors.js";
import type { FtpRefusal } from "../../platform/types.js";
import type { Failed } from "../http-errors.js";

/** Whether an error is a refusal of the server's. */
export function isRefusal(error: unknown): error is FtpRefusal {
  return typeof (error as Partial<FtpRefusal> | null)?.reply === "number";
}

/** The failure that a refusal is. Quotes nothing of the server's. */
export function ftpFailure({ stage, reply, text }: FtpRefusal, href: string, anonymous: boolean): Failed {
  const passing = (reply >= 400 && reply < 500) || reply < 400;
  return { error: ftpError(stage, reply, text, href, anonymous), passing };
}

function ftpError(
  stage: FtpRefusal["stage"],
  reply: number,
  text: string,
  href: string,
  anonymous: boolean,
): FitsError {
  if (reply === 421)
    return new FitsError(
      "NETWORK",
      `${href}: the server has too many connections, or is closing (421); try again`,
    );
  if (stage === "tls") {
    return new FitsError(
      "UNSUPPORTED",
      `${href}: the server offers no TLS (${reply}); give its ftp: address if that is acceptable`,
    );
  }
  if (stage === "login" && reply >= 500) {
    return new FitsError(
      "BAD_CREDENTIALS",
      anonymous
        ? `${href}: the server lets no one in as anonymous (${reply}); give ftp.user and ftp.password, or user:password@ in the address`
        : `${href}: the server does not accept the user or the password (${reply}); check both`,
    );
  }
  if (stage === "file" && reply === 550) {
    return /permission|denied|not allowed|access/i.test(text)
      ? new FitsError("FORBIDDEN", `${href}: the server refuses (550); this user may not read it`)
      : new FitsError(
          "NOT_FOUND",
          `${href}: no such file, or it may not be read (550); check the path (case counts)`,
        );
  }
  if (stage === "file" && (reply === 500 || reply === 502 || reply === 504)) {
    return new FitsError(
      "UNSUPPORTED",
      `${href}: the server cannot send parts of files: it knows no SIZE or REST (${reply}); use another server`,
    );
  }
  return new FitsError("NETWORK", `${href}: the server refuses (${reply}); try again`);
}
