import type { CallOptions, QueryOptions } from '../../generated/zuora-soap/types.ts';
import type { Incoming } from './exchange.ts';
import { envelopeNamespaces, type SoapRequest, type SoapVersion } from './soap-reader.ts';
import { operationsNamespace } from './soap-writer.ts';
import { conversionFault } from './zuora-soap-operations.ts';

/** The value of one child of one SOAP header of the service. */
function headerValue({ headers }: SoapRequest, header: string, child: string): string | undefined {
  const found = headers.find(({ name, namespace }) => name === header && namespace === operationsNamespace);
  return found?.children
    .find(({ name, namespace }) => name === child && namespace === operationsNamespace)
    ?.text.trim();
}

/** The session value; its element is in lower case here and in upper case in the login's answer. */
export function sessionValue(request: SoapRequest): string | undefined {
  return headerValue(request, 'SessionHeader', 'session');
}

/** @throws SoapFaultRaised for what is no whole number */
export function batchSizeOf(request: SoapRequest): QueryOptions['batchSize'] {
  const name: keyof QueryOptions = 'batchSize';
  const text = headerValue(request, 'QueryOptions', name);
  if (text === undefined || text === '') return undefined;
  if (!/^[+-]?\d{1,10}$/.test(text)) throw conversionFault(text, 'int');
  return Number(text);
}

/** Whether all rows are to succeed or none. @throws SoapFaultRaised for what is no truth value */
export function isSingleTransaction(request: SoapRequest): boolean {
  const name: keyof CallOptions = 'useSingleTransaction';
  const text = headerValue(request, 'CallOptions', name) ?? '';
  if (text === '' || text === 'false' || text === '0') return false;
  if (text === 'true' || text === '1') return true;
  throw conversionFault(text, 'boolean');
}

/** In which version to answer what could not be read as an envelope. */
export function versionMeant({ headers, body }: Incoming): SoapVersion {
  const isSecond =
    /^application\/soap\+xml\b/i.test(headers['content-type'] ?? '') ||
    body.subarray(0, 2000).includes(envelopeNamespaces['1.2']);
  return isSecond ? '1.2' : '1.1';
}
