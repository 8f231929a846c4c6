const NAMES = new Set(
  `accept accept-charset accept-encoding accept-language authorization cache-control connection content-encoding
   content-language content-length content-type cookie date expect forwarded from host if-match if-modified-since if-none-match
   if-range if-unmodified-since max-forwards origin pragma priority range referer te trailer transfer-encoding upgrade
   user-agent via sec-fetch-dest sec-fetch-mode sec-fetch-site sec-fetch-user`.split(/\s+/),
);

/** Whether HTTP itself, and not an API, gives a request header its meaning, or `fetch` adds it on its own. */
export function isHttpHeader(name: string): boolean {
  return NAMES.has(name);
}
