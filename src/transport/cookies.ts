/** The newest value of a cookie that an answer sets, found by its exact name. */
export function cookieOf(headers: Headers, name: string): string | undefined {
  let value: string | undefined;
  for (const line of headers.getSetCookie()) {
    const [pair = ''] = line.split(';', 1);
    const at = pair.indexOf('=');
    // An empty value is how a server takes a cookie away.
    if (at > 0 && pair.slice(0, at).trim() === name) value = pair.slice(at + 1).trim() || undefined;
  }
  return value;
}

/** A `Cookie` header with one more cookie, after those that the caller set. */
export function withCookie(header: string | null, name: string, value: string): string {
  const others = header?.trim().replace(/;$/, '');
  return others ? `${others}; ${name}=${value}` : `${name}=${value}`;
}
