import { isIP } from 'node:net';

/** A private key and its certificate, as PEM. */
export interface KeyAndCertificate {
  readonly key: string;
  readonly cert: string;
}

const validForMs = 365 * 24 * 60 * 60_000;
const slackMs = 24 * 60 * 60_000;

/**
 * Makes a certificate that signs itself, for `localhost`, the loopback addresses and `host`. Its dates are those of the
 * machine's clock, not of the sandbox's: they are judged by clients.
 * @throws Error with code `MISSING_PACKAGE` when the optional peer `selfsigned` is not installed
 */
export async function makeCertificate(host: string): Promise<KeyAndCertificate> {
  const generate = await loadGenerator();
  const names = [...new Set(['localhost', '127.0.0.1', '::1', host])];
  const nowMs = Date.now();
  const made = await generate([{ name: 'commonName', value: 'latchkey sandbox' }], {
    keyType: 'ec',
    algorithm: 'sha256',
    notBeforeDate: new Date(nowMs - slackMs),
    notAfterDate: new Date(nowMs + validForMs),
    extensions: [
      { name: 'basicConstraints', cA: false, critical: true },
      { name: 'keyUsage', digitalSignature: true, critical: true },
      { name: 'extKeyUsage', serverAuth: true },
      {
        name: 'subjectAltName',
        altNames: names.map((name) => (isIP(name) === 0 ? { type: 2, value: name } : { type: 7, ip: name })),
      },
    ],
  });
  return { key: made.private, cert: made.cert };
}

async function loadGenerator(): Promise<typeof import('selfsigned').generate> {
  try {
    return (await import('selfsigned')).generate;
  } catch (cause) {
    if (!(cause instanceof Error) || !('code' in cause) || cause.code !== 'ERR_MODULE_NOT_FOUND') throw cause;
    const message =
      'a sandbox that makes its own certificate needs the package selfsigned: npm install --save-dev "selfsigned@^5.5.0"; ' +
      'or give it one with tls: { key, cert }';
    throw Object.assign(new Error(message, { cause }), { code: 'MISSING_PACKAGE' });
  }
}
