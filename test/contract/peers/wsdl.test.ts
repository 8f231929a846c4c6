import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { service } from '../../../generated/zuora-soap/table.ts';
import { createSandbox } from '../../../src/sandbox/index.ts';
import { hasPeers, runPeer, scratchFolder } from '../../helpers/peers.ts';

const isHere = hasPeers('No other reader of WSDLs is asked', 'gsoap');
const specs = fileURLToPath(new URL('../../../specs/zuora-soap.wsdl', import.meta.url));

interface Opinion {
  readonly complaints: readonly string[];
  readonly location: string;
  /** By operation: its action, the names of its faults and of its headers. */
  readonly operations: Readonly<Record<string, { action: string; faults: string[]; headers: string[] }>>;
}

/** What gSOAP makes of a WSDL in a file or at an address: its compiler's input, read, and taken by the compiler. */
async function opinionOf(wsdl: string): Promise<Opinion> {
  using folder = await scratchFolder();
  const header = join(folder.path, 'service.h');
  const reader = await runPeer('wsdl2h', ['-o', header, wsdl]);
  const compiler = await runPeer('soapcpp2', [
    '-C',
    '-L',
    '-x',
    '-I/usr/share/gsoap/import',
    `-d${folder.path}`,
    header,
  ]);
  const said = [reader, compiler].map(({ stdout, stderr }) => `${stdout}\n${stderr}`).join('\n');
  const ends = [reader.code, compiler.code].filter((code) => code !== 0).map((code) => `ended with ${code}`);
  const text = await readFile(header, 'utf8');
  const [, location = ''] = /service port:\s*(\S+)/.exec(text) ?? [];
  const operations: Record<string, { action: string; faults: string[]; headers: string[] }> = {};
  for (const [, what, name = '', value = ''] of text.matchAll(/service method-([\w-]+):\s+(\w+) (\S+)/g)) {
    operations[name] ??= { action: '', faults: [], headers: [] };
    if (what === 'action') operations[name].action = value;
    if (what === 'fault') operations[name].faults.push(value.replace(/^ns3__(\w+)_$/, '$1'));
    if (what === 'input-header-part') operations[name].headers.push(value.replace(/^ns1__/, ''));
  }
  const complaints = said.split('\n').filter((line) => /warning|error/i.test(line));
  return { complaints: [...complaints, ...ends], location, operations };
}

/** The same, by the table that our generator made. */
const ours = Object.fromEntries(
  Object.entries(service.operations).map(([name, { action, faults = [], headers = [] }]) => {
    const namesOf = (parts: typeof faults): string[] => parts.map(([part]) => part);
    return [name, { action: `"${action}"`, faults: namesOf(faults), headers: namesOf(headers) }];
  }),
);

describe.skipIf(!isHere)('gSOAP', () => {
  it('reads our WSDL without a complaint, and finds in it what our generator finds', async () => {
    expect(await opinionOf(specs)).toEqual({ complaints: [], location: service.location, operations: ours });
  });

  it('reads the one that the sandbox serves', async () => {
    const server = await createSandbox().listen();
    try {
      const location = `${server.url}/apps/services/a/91.0`;
      expect(await opinionOf(`${location}?wsdl`)).toEqual({ complaints: [], location, operations: ours });
    } finally {
      await server.close();
    }
  });

  it('would complain of a type that is nowhere', async () => {
    using folder = await scratchFolder();
    const broken = join(folder.path, 'broken.wsdl');
    await writeFile(
      broken,
      (await readFile(specs, 'utf8')).replace('type="zns:LoginResult"', 'type="zns:LogonResult"'),
    );
    const { complaints } = await opinionOf(broken);
    expect(complaints).toContainEqual(expect.stringContaining('LogonResult'));
  });
});
