import { SaxesParser } from 'saxes';
import { textOf } from '../transport/bodies.ts';
import { EnvelopeError } from '../transport/soap-envelope-error.ts';
import { createEnvelopeReader, type EnvelopeAnswer } from '../transport/soap-reader.ts';
import { type OperationRow, type ServiceTable, SOAP_11, SOAP_12 } from '../transport/soap-table.ts';
import { writeEnvelope } from '../transport/soap-writer.ts';
import { type Finding, MOST_NAMES, nameStep, shownMediaType } from './finding.ts';
import { isHttpHeader } from './http-headers.ts';
import type { Message, RequestLine } from './message.ts';

type Table = ServiceTable<Record<string, { input: unknown; output: unknown; headers: object; faults: object }>>;

/** A SOAP service, as generated. Made by {@link soapContract}. */
export interface SoapContract {
  readonly kind: 'soap';
  readonly service: Table;
  /** The same service with input and output changed over: it reads requests and writes answers. */
  readonly turned: Table;
}

/** Makes a contract of the `service` table that the generator writes. */
export function soapContract<Operations>(table: ServiceTable<Operations>): SoapContract {
  // What an operation takes and gives is read off the table at run time, whatever its types say.
  const service = table as unknown as Table;
  const operations = Object.entries(service.operations).map(([name, row]): [string, OperationRow] => [
    name,
    {
      action: row.action,
      input: row.output,
      output: row.input,
      ...(row.outputHeaders && { headers: row.outputHeaders }),
      ...(row.headers && { outputHeaders: row.headers }),
    },
  ]);
  return { kind: 'soap', service, turned: { ...service, operations: Object.fromEntries(operations) } };
}

/** Holds both halves of an exchange against a WSDL: envelopes, headers, content, order of elements; SOAP 1.1 over HTTP. */
export function checkSoapExchange(
  { method }: RequestLine,
  request: Message,
  response: (Message & { readonly status: number }) | undefined,
  { service, turned }: SoapContract,
): Finding[] {
  if (method !== 'POST') return [undocumented('/request/method', 'POST', method)];
  const findings = [...checkRequestHeaders(request), ...checkMediaType('/request', request)];
  const sent = elementsOf(request);
  const name = operationOf(service, sent);
  if (name === undefined) {
    const found = sent.length === 0 ? 'no envelope' : 'another element';
    return [...findings, { kind: 'violation', place: '/request/body', expected: 'an operation of the WSDL', found }];
  }
  const action = request.headers.get('soapaction');
  const expectedAction = service.operations[name]?.action ?? '';
  if (action === null || action.replace(/^"(.*)"$/, '$1') !== expectedAction) {
    const found = action === null ? 'nothing' : 'another action';
    findings.push({ kind: 'violation', place: '/request/headers/soapaction', expected: `"${expectedAction}"`, found });
  }
  findings.push(...checkEnvelope('/request/body', name, request, { reads: turned, writes: service }).findings);
  return response === undefined ? findings : [...findings, ...checkAnswer(name, response, service, turned)];
}

function checkAnswer(
  name: string,
  response: Message & { readonly status: number },
  service: Table,
  turned: Table,
): Finding[] {
  if (!isXml(response.mediaType)) {
    return [undocumented('/response/headers/content-type', 'text/xml', shownMediaType(response.mediaType))];
  }
  const { answer, findings } = checkEnvelope('/response/body', name, response, { reads: service, writes: turned });
  if (answer === undefined) return findings;
  const { status } = response;
  const expected = answer.kind === 'fault' ? 500 : 200;
  if (status !== expected) {
    const about = answer.kind === 'fault' ? 'for a fault' : 'for a result';
    findings.push(undocumented('/response/status', `${expected} ${about}`, String(status)));
  }
  if (answer.kind === 'fault' && answer.detail?.declared === false) {
    const place = `/response/body/Fault/detail/${nameStep(answer.detail.name)}`;
    findings.push(undocumented(place, `a fault that ${name} declares`, 'another'));
  }
  return findings;
}

interface Checked {
  readonly answer?: EnvelopeAnswer<unknown, object>;
  readonly findings: Finding[];
}

function checkEnvelope(
  place: string,
  name: string,
  message: Message,
  tables: { readonly reads: Table; readonly writes: Table },
): Checked {
  let answer: EnvelopeAnswer<unknown, object>;
  try {
    const reader = createEnvelopeReader(tables.reads, name);
    reader.write(message.bytes);
    answer = reader.close();
  } catch (error) {
    if (!(error instanceof EnvelopeError)) throw error;
    const isContract = error.reason === 'contract';
    const found = isContract ? error.found : error.reason;
    return { findings: [{ kind: 'violation', place: placeOf(place, error.path), expected: error.expected, found }] };
  }
  const findings = strayElements(place, answer.unknown);
  // What the WSDL does not have has no order, and is not written again.
  if (answer.kind === 'result' && findings.length === 0) {
    findings.push(...checkOrder(place, elementsOf(message), tables.writes, name, answer));
  }
  return { answer, findings };
}

/** Writes what was read once more, in the order of the schema: where the elements differ, they were not in that order. */
function checkOrder(
  place: string,
  elements: readonly Element[],
  table: Table,
  name: string,
  { value, headers = {} }: { readonly value: unknown; readonly headers?: object },
): Finding[] {
  const inOrder = startTags(writeEnvelope(table, name, value, headers));
  // An empty Header says the same as none.
  const isPart = ({ uri, local, path }: Element): boolean =>
    !(path.length <= 1 || ((uri === SOAP_11 || uri === SOAP_12) && local === 'Header'));
  const [given, wanted] = [elements.filter(isPart), inOrder.filter(isPart)];
  const at = given.findIndex(({ uri, local }, index) => {
    // Between the two versions of SOAP only the envelope differs.
    const isSoap = uri === SOAP_12 || uri === SOAP_11;
    return wanted[index]?.local !== local || (!isSoap && wanted[index]?.uri !== uri);
  });
  const stray = given[at];
  if (stray === undefined) return [];
  const expected = wanted[at]?.local ?? 'an end';
  return [
    {
      kind: 'violation',
      place: `${place}/${stray.path.slice(2).map(nameStep).join('/')}`,
      expected,
      found: 'another order',
    },
  ];
}

interface Element {
  readonly uri: string;
  readonly local: string;
  /** Names from the envelope down to this element. */
  readonly path: readonly string[];
}

function elementsOf({ bytes }: Message): readonly Element[] {
  try {
    return startTags(textOf(bytes));
  } catch {
    return [];
  }
}

function startTags(xml: string): Element[] {
  const parser = new SaxesParser({ xmlns: true });
  const elements: Element[] = [];
  const path: string[] = [];
  parser.on('error', (error) => {
    throw error;
  });
  parser.on('doctype', () => {
    throw new Error('a DOCTYPE');
  });
  parser.on('opentag', ({ uri, local }) => {
    path.push(local);
    elements.push({ uri, local, path: [...path] });
  });
  parser.on('closetag', () => path.pop());
  parser.write(xml).close();
  return elements;
}

function operationOf(service: Table, elements: readonly Element[]): string | undefined {
  const content = elements.find(({ path }) => path.length === 3 && path[1] === 'Body');
  return Object.entries(service.operations).find(
    ([, { input }]) => content?.local === input[0] && content.uri === service.namespaces[input[1]]?.[1],
  )?.[0];
}

function checkRequestHeaders({ headers }: Message): Finding[] {
  const names = [...headers.keys()].filter((name) => name !== 'soapaction' && !isHttpHeader(name));
  return names.map((name) => undocumented(`/request/headers/${nameStep(name)}`, 'a documented name', 'another'));
}

function checkMediaType(side: string, { mediaType }: Message): Finding[] {
  if (mediaType === 'text/xml') return [];
  const found = shownMediaType(mediaType);
  return [{ kind: 'violation', place: `${side}/headers/content-type`, expected: 'text/xml', found }];
}

function isXml(mediaType: string): boolean {
  return mediaType === 'text/xml' || mediaType === 'application/soap+xml';
}

/** Elements that the WSDL does not have, those of lists by their first. */
function strayElements(place: string, paths: readonly string[]): Finding[] {
  const stray = new Map<string, Finding>();
  for (const path of paths) {
    if (stray.size >= MOST_NAMES) break;
    const everywhere = placeOf(place, path.replaceAll(/\[\d+\]/g, '.*'));
    if (!stray.has(everywhere)) stray.set(everywhere, undocumented(placeOf(place, path), 'nothing', 'something'));
  }
  return [...stray.values()];
}

function placeOf(place: string, path: string): string {
  const steps = path.split(/[.[\]]+/).filter((step) => step !== '');
  return [place, ...steps.map(nameStep)].join('/');
}

function undocumented(place: string, expected: string, found: string): Finding {
  return { kind: 'undocumented', place, expected, found };
}
