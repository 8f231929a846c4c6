const REQUEST = new Set(
  `accept accept-charset accept-encoding accept-language authorization cache-control connection content-encoding
   content-language content-length content-type cookie date expect forwarded from host if-match if-modified-since if-none-match
   if-range if-unmodified-since max-forwards origin pragma priority range referer te trailer transfer-encoding upgrade
   user-agent via sec-fetch-dest sec-fetch-mode sec-fetch-site sec-fetch-user`.split(/\s+/),
);

const ANSWER = new Set(
  `accept-ranges access-control-allow-credentials access-control-allow-headers access-control-allow-methods
   access-control-allow-origin access-control-expose-headers access-control-max-age age allow alt-svc cache-control connection
   content-disposition content-encoding content-language content-length content-location content-range
   content-security-policy content-type date etag expect-ct expires keep-alive last-modified link location nel pragma
   proxy-authenticate referrer-policy report-to reporting-endpoints retry-after server server-timing set-cookie
   strict-transport-security trailer transfer-encoding upgrade vary via warning www-authenticate x-content-type-options
   x-frame-options x-xss-protection`.split(/\s+/),
);

/** Whether HTTP, or what stands between a service and its callers, and not the API, gives an answer's header its meaning. */
export function isHttpAnswerHeader(name: string): boolean {
  return ANSWER.has(name);
}

/** Whether HTTP itself, and not an API, gives a request header its meaning, or `fetch` adds it on its own. */
export function isHttpHeader(name: string): boolean {
  return REQUEST.has(name);
}
