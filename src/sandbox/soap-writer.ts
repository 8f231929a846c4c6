import type { ApiFault, ErrorCode } from '../../generated/zuora-soap/types.ts';
import { envelopeNamespaces, type SoapVersion, schemaInstance } from './soap-reader.ts';

/** A fault with a detail that names its kind, or a bare one of the service's framework. */
export interface SoapFault {
  readonly kind?: ApiFault['$type'];
  readonly code: ErrorCode;
  readonly message: string;
}

export const operationsNamespace = 'http://api.zuora.com/';
export const objectsNamespace = 'http://object.api.zuora.com/';
const faultsNamespace = 'http://fault.api.zuora.com/';

export function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

/** An element in the namespace of the operations. */
export function element(name: string, text: string | number | boolean): string {
  return `<ns1:${name}>${escapeXml(String(text))}</ns1:${name}>`;
}

/** An element without a value. The service declares `xsi` on each of them anew. */
export function nilElement(name: string): string {
  return `<ns1:${name} xmlns:xsi="${schemaInstance}" xsi:nil="1"/>`;
}

export function payload(name: string, content: string): string {
  return `<ns1:${name} xmlns:ns1="${operationsNamespace}">${content}</ns1:${name}>`;
}

/** The whole answer, with the single-quoted declaration of the service. */
export function envelope(version: SoapVersion, content: string): string {
  const namespace = envelopeNamespaces[version];
  return `<?xml version='1.0' encoding='UTF-8'?><soapenv:Envelope xmlns:soapenv="${namespace}"><soapenv:Body>${content}</soapenv:Body></soapenv:Envelope>`;
}

export function faultXml(version: SoapVersion, { kind, code, message }: SoapFault): string {
  const text = escapeXml(message);
  const detail =
    kind === undefined
      ? ''
      : `<fns:${kind}><fns:FaultCode>${code}</fns:FaultCode><fns:FaultMessage>${text}</fns:FaultMessage></fns:${kind}>`;
  const declaration = kind === undefined ? '' : ` xmlns:fns="${faultsNamespace}"`;
  if (version === '1.1') {
    const name = kind === undefined ? 'soapenv:Server' : `fns:${code}`;
    return `<soapenv:Fault${declaration}><faultcode>${name}</faultcode><faultstring>${text}</faultstring><detail>${detail}</detail></soapenv:Fault>`;
  }
  const subcode =
    kind === undefined ? '' : `<soapenv:Subcode><soapenv:Value>fns:${code}</soapenv:Value></soapenv:Subcode>`;
  return `<soapenv:Fault${declaration}><soapenv:Code><soapenv:Value>soapenv:Receiver</soapenv:Value>${subcode}</soapenv:Code><soapenv:Reason><soapenv:Text xml:lang="en-US">${text}</soapenv:Text></soapenv:Reason><soapenv:Detail>${detail}</soapenv:Detail></soapenv:Fault>`;
}
