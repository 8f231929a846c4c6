import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { service } from '../../generated/zuora-soap/table.ts';
import { createEnvelopeReader } from '../../src/transport/soap-reader.ts';
import { type OperationRow, operationOf, type ServiceTable } from '../../src/transport/soap-table.ts';
import { writeEnvelope } from '../../src/transport/soap-writer.ts';
import { canonical } from './soap-canonical.support.ts';
import { generated, loadTable } from './soap-generate.support.ts';
import { nodeSoapInput, nodeSoapOutput, openNodeSoap, withoutNilItems } from './soap-node-soap.support.ts';
import { valuesOf } from './soap-values.support.ts';

type Loose = ServiceTable<Record<string, { input: unknown; output: unknown; headers: object }>>;

const pathOf = (relative: string) => fileURLToPath(new URL(relative, import.meta.url));
const own = pathOf('../../specs/zuora-soap.wsdl');
// A real tenant's WSDL that may not be copied into the project.
const corpus = pathOf('../../../shared/corpus/zuora.a.38.0.wsdl');
const isThere = existsSync(corpus);
if (!isThere) process.stderr.write(`Skipped: a tenant's own WSDL against node-soap: there is no ${corpus}\n`);
const tenant = isThere ? await loadTable(await generated(readFileSync(corpus, 'utf8'))) : undefined;

/** The same service with its answers as requests, so that our writer writes them. */
function turned(table: ServiceTable): Loose {
  const rows = Object.entries<OperationRow>(table.operations).map(([name, row]) => [
    name,
    { action: row.action, input: row.output, output: row.output },
  ]);
  return { ...table, operations: Object.fromEntries(rows) } as Loose;
}

// White space around a text and empty texts are among node-soap's faults below.
const text = fc
  .string({ unit: 'binary', minLength: 1, maxLength: 12 })
  .map((value) => `a${value.replaceAll(/[^\t\n\r\u{20}-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]/gu, '')}z`);

const services: [string, string, ServiceTable, readonly string[]][] = [
  ['our own service', own, service as ServiceTable, Object.keys(service.operations)],
  ...(tenant === undefined
    ? []
    : [
        [
          "a tenant's own",
          corpus,
          tenant as ServiceTable,
          Object.keys(tenant.operations),
        ] satisfies (typeof services)[0],
      ]),
];

describe.each(services)('of %s', (_, wsdl, table, operations) => {
  const values = valuesOf(table, { text });
  const answers = turned(table);

  test.each(operations)('%s is sent as node-soap sends it', async (name) => {
    const nodeSoap = await openNodeSoap(wsdl, 'http://api.zuora.com/');
    const { input, output, headers = [] } = operationOf(table, name);
    const hasSession = headers.some(([header]) => header === 'SessionHeader');
    const answer = writeEnvelope(answers, name, fc.sample(values(output[2]), { numRuns: 1, seed: 1 })[0]?.input);
    await fc.assert(
      fc.asyncProperty(values(input[2]), text, async (sent, session) => {
        const value = withoutNilItems(sent.input);
        const blocks = hasSession ? { SessionHeader: { session } } : {};
        const ours = writeEnvelope(table as Loose, name, value, blocks);
        const theirs = await nodeSoap.call(
          name,
          nodeSoapInput(table, input[2], value),
          answer,
          hasSession ? session : undefined,
        );
        expect(canonical(theirs.envelope)).toBe(canonical(ours));
      }),
      { numRuns: 25 },
    );
  });

  test.each(operations)('the answer to %s is read as node-soap reads it', async (name) => {
    const nodeSoap = await openNodeSoap(wsdl, 'http://api.zuora.com/');
    const { output } = operationOf(table, name);
    await fc.assert(
      fc.asyncProperty(values(output[2]), async (sent) => {
        const answer = writeEnvelope(answers, name, withoutNilItems(sent.input));
        const reader = createEnvelopeReader(table as Loose, name);
        reader.write(answer);
        const read = reader.close();
        const theirs = await nodeSoap.call(name, {}, answer);
        expect(read).toMatchObject({ kind: 'result', unknown: [] });
        expect(theirs.value).toEqual(nodeSoapOutput(table, output[2], 'value' in read ? read.value : undefined));
      }),
      { numRuns: 25 },
    );
  });
});
