/** Codes of errors of Node.js and of Redis, in words, with what to do. */
const FAULTS: readonly (readonly [pattern: RegExp, what: string, advice: string])[] = [
  [/ENOTFOUND|EAI_AGAIN/, 'its name is not known to the DNS', 'Look at the address, and at the network or VPN.'],
  [/ECONNREFUSED/, 'nothing listens there', 'Look at the address and its port, and whether it has been started.'],
  [/EHOSTUNREACH|ENETUNREACH/, 'there is no way to it', 'Look at the network or VPN.'],
  [/ECONNRESET|EPIPE|UND_ERR_SOCKET/, 'the connection was cut', 'A firewall or a proxy may be in the way.'],
  [
    /ETIMEDOUT|UND_ERR_.*TIMEOUT|did not answer within|no answer in time/,
    'there was no answer in time',
    'A firewall may drop what is sent; look at the network or VPN.',
  ],
  [
    /CERT_HAS_EXPIRED/,
    'its certificate has expired',
    'Whoever runs it has to renew the certificate; also look at this clock.',
  ],
  [/CERT_NOT_YET_VALID/, 'its certificate is not valid yet', 'Look at the clock of this machine.'],
  [
    /ERR_TLS_CERT_ALTNAME_INVALID/,
    'its certificate is for another name',
    'Look at the address: it has to be one that the certificate names.',
  ],
  [
    /SELF_SIGNED|UNABLE_TO_(GET_ISSUER|VERIFY)|CERT_UNTRUSTED/,
    'its certificate is by an authority that Node.js does not trust',
    'Name the file of the authority in NODE_EXTRA_CA_CERTS; never turn the check off.',
  ],
  [/EPROTO|ERR_SSL/, 'it does not speak TLS', 'Look at the address: http and https are different ports.'],
  [/HPE_/, 'it does not speak HTTP', 'Look at the address and its port.'],
  [
    /NOAUTH|WRONGPASS/,
    'it wants another user name or password',
    'Put them into the address, and that into LATCHKEY_STORE: redis://user:password@host:port.',
  ],
  [/NOPERM/, 'its user may not do what a store does', 'Have the user allowed scripts (EVAL) and the keys latchkey:*.'],
  [/LOADING|BUSY/, 'it is busy', 'Look again in a while.'],
  [/READONLY|MISCONF|OOM/, 'it takes nothing in', 'Look at its disk and memory, and whether it is a replica.'],
];

/** Why something could not be reached, in words, and what to do. */
export function explained(error: unknown): readonly [what: string, advice: string] {
  const words: string[] = [];
  for (let at: unknown = error; at instanceof Error && words.length < 60; at = at.cause) {
    words.push('code' in at ? String(at.code) : '', at.name, at.message);
    // Where a name has several addresses, each has failed for a reason of its own.
    if (at instanceof AggregateError) words.push(...at.errors.map((each) => String(Object(each).code)));
  }
  const said = words.join(' ');
  const fault = FAULTS.find(([pattern]) => pattern.test(said));
  if (fault !== undefined) return [fault[1], fault[2]];
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  return [cause instanceof Error ? cause.message : String(cause), 'Look at the address and the network.'];
}
