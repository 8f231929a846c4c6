import { EnvelopeError } from '../../src/transport/soap-envelope-error.ts';
import { createEnvelopeReader, type EnvelopeLimits } from '../../src/transport/soap-reader.ts';
import type { OperationRow, ServiceTable } from '../../src/transport/soap-table.ts';
import { writeEnvelope } from '../../src/transport/soap-writer.ts';

export const SOAP_11 = 'http://schemas.xmlsoap.org/soap/envelope/';
export const SOAP_12 = 'http://www.w3.org/2003/05/soap-envelope';
export const XSI = 'http://www.w3.org/2001/XMLSchema-instance';
export const CALLS = 'urn:mill:calls';
export const THINGS = 'urn:mill:things';
export const WRONGS = 'urn:mill:wrongs';

type Loose = Record<string, { input: unknown; output: unknown; headers: object; faults: Record<string, unknown> }>;
export type Mill = ServiceTable<Loose>;

const SCALARS = [
  'string,boolean,int,short,byte,unsignedInt,unsignedShort,unsignedByte,long,decimal,double,date,dateTime',
  'base64Binary,duration,anyType',
];
/** One operation per simple type: its element `value` goes in and comes out. */
const echoes = SCALARS.join(',')
  .split(',')
  .map((name): [string, OperationRow] => [
    `xs:${name}`,
    { action: '', input: ['value', 0, `xs:${name}`], output: ['value', 0, `xs:${name}`] },
  ]);

/**
 * A made-up mill, its table written by hand. New each time: the codec keeps what it has worked out of a table, and a test is to
 * see it work that out.
 */
export function mill(): Mill {
  return {
    name: 'Mill',
    port: 'MillSoap',
    location: 'http://127.0.0.1/mill',
    namespaces: [
      ['m', CALLS],
      ['t', THINGS],
      ['w', WRONGS],
    ],
    types: {
      Grind: {
        namespace: 0,
        elements: [
          ['count', 'xs:int'],
          ['note', 'xs:string', '?'],
          ['toString', 'xs:string', '?'],
          ['grain', 'Grain', '?*~'],
          ['label', 'Label', '?'],
          ['route', 'Route', '?'],
          ['loose', 'Loose', '?'],
          ['extra', 'xs:anyType', '?'],
        ],
      },
      Grain: {
        namespace: 1,
        tagged: true,
        elements: [
          ['kind', 'xs:string', '?~'],
          ['kilos', 'xs:decimal', '?'],
          ['sieves', 'xs:int', '?*'],
        ],
      },
      Wheat: { namespace: 1, extends: 'Grain', tagged: true, elements: [['gluten', 'xs:double', '?']] },
      // Types in no namespace, and without a name.
      Dust: { namespace: -1, extends: 'Grain', tagged: true },
      GrainInside: { namespace: 1, name: '', extends: 'Grain', tagged: true },
      Label: {
        namespace: 1,
        attributes: [
          ['serial', 'xs:int'],
          ['lang', 'xs:string', '?', 1],
        ],
        text: 'xs:int',
      },
      Route: {
        namespace: 0,
        elements: [
          ['via', 'xs:string'],
          ['to', 'xs:string', '?'],
        ],
      },
      Session: { namespace: 0, elements: [['session', 'xs:string']] },
      Loose: { namespace: 1, elements: [['id', 'xs:string', '?']], anyAt: 1 },
      Wrong: {
        namespace: 2,
        attributes: [['at', 'xs:int', '?']],
        elements: [
          ['code', 'xs:string', '~'],
          ['level', 'xs:int', '?'],
          ['stones', 'xs:int', '?*'],
          ['cause', 'Wrong', '?'],
          ['label', 'Label', '?'],
          ['extra', 'xs:anyType', '?'],
        ],
      },
    },
    operations: {
      grind: {
        action: 'urn:grind',
        input: ['grind', 0, 'Grind'],
        output: ['grindResponse', 0, 'Grind'],
        headers: [
          ['Key', 0, 'xs:string'],
          ['Path', 0, 'Route'],
        ],
        outputHeaders: [
          ['Left', 0, 'xs:int'],
          ['Next', 1, 'xs:string'],
        ],
        faults: [
          ['GrindFault', 2, 'Wrong'],
          ['bareFault', -1, 'xs:string'],
        ],
      },
      // Its elements are in no namespace, as in a schema without a target.
      stop: {
        action: '',
        input: ['stop', -1, 'xs:string'],
        output: ['stopped', -1, 'xs:string'],
        faults: [
          ['JamFault', 2, 'xs:int'],
          ['OddFault', 2, 'xs:anyType'],
        ],
      },
      idle: { action: '', input: ['idle', 0, 'Route'], output: ['idle', 0, 'Route'] },
      secured: {
        action: '',
        input: ['idle', 0, 'Route'],
        output: ['idle', 0, 'Route'],
        headers: [['SessionHeader', 0, 'Session']],
      },
      ...Object.fromEntries(echoes),
    },
  };
}

/** The envelope of an answer. */
export const envelope = (body: string, { header = '', soap = SOAP_11 } = {}): string =>
  `<e:Envelope xmlns:e="${soap}" xmlns:m="${CALLS}" xmlns:t="${THINGS}" xmlns:w="${WRONGS}" xmlns:i="${XSI}">` +
  `${header && `<e:Header>${header}</e:Header>`}<e:Body>${body}</e:Body></e:Envelope>`;

/** An answer to `grind` with what it must have. */
export const ground = (inner: string): string =>
  envelope(`<m:grindResponse><m:count>1</m:count>${inner}</m:grindResponse>`);

export function read(operation: string, xml: string | Uint8Array, limits?: EnvelopeLimits) {
  const reader = createEnvelopeReader(mill(), operation, limits);
  reader.write(xml);
  return reader.close();
}

/** What is inside the body of a request. */
export function written(operation: string, input: unknown, headers?: object): string {
  const xml = writeEnvelope(mill(), operation, input, headers);
  return /<soapenv:Body>(.*)<\/soapenv:Body>/s.exec(xml)?.[1] ?? '';
}

export function unreadable(operation: string, xml: string | Uint8Array, limits?: EnvelopeLimits): EnvelopeError {
  const error = thrown(() => read(operation, xml, limits));
  if (error instanceof EnvelopeError) return error;
  throw error;
}

/** What a step throws. */
export function thrown(step: () => unknown): unknown {
  try {
    step();
  } catch (error) {
    return error;
  }
  throw new Error('nothing was thrown');
}
