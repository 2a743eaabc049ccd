/**
 * Who logs in where files were listed: entries of a listing show no user name and no password, which their readers need.
 */

import { checkText } from "../argument.js";

const login = /^((?:ftps?|s?webhdfs):\/\/)([^/]*@)([^/@]*\/?)/i;

/** The address of a listed file with the user name and the password of the address that was listed, where these are of one host. */
export function withLogin(href: string, listed: string): string {
  checkText(href, "an address");
  checkText(listed, "an address");
  const [, scheme = "", who = "", host = ""] = login.exec(listed) ?? [];
  const start = scheme.toLowerCase() + host;
  return who !== "" && href.startsWith(start) ? scheme + who + href.slice(scheme.length) : href;
}
