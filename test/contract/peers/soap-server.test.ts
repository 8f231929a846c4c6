import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { LoginDeniedError, SoapFaultError } from '../../../src/errors.ts';
import { createZuoraSoap, type ZuoraSoapClient } from '../../../src/systems/zuora-soap.ts';
import { hasPeers, scratchFolder, servePhp } from '../../helpers/peers.ts';
import { rejection } from '../../helpers/waiting.ts';
import { wsdlText } from '../../unit/soap-oracle.support.ts';
import { xmllintVerdicts } from './xmllint.support.ts';

const isHere = hasPeers('A SOAP server of others is not called', 'php', 'php-soap', 'xmllint');
const fileOf = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

const username = 'ö & <u>';
const password = `p"']]>`;
const queryString = "select Id from Account where Name <> '&'";

/** Our client of a PHP SoapServer, and what goes over the wire between them. */
async function withServer(
  run: (the: { open(password: string): ZuoraSoapClient; endSession(): Promise<void> }) => Promise<void>,
): Promise<{ readonly paths: string[]; readonly envelopes: string[] }> {
  using folder = await scratchFolder();
  const env = { LATCHKEY_WSDL: fileOf('../../../specs/zuora-soap.wsdl'), LATCHKEY_FOLDER: folder.path };
  await using server = await servePhp(fileOf('soap-server.php'), env);
  const paths: string[] = [];
  const envelopes: string[] = [];
  const send: typeof fetch = async (input, init) => {
    const request = new Request(input, init);
    const sent = await request.clone().text();
    const response = await fetch(request);
    paths.push(new URL(request.url).pathname);
    envelopes.push(sent, await response.clone().text());
    return response;
  };
  const baseUrl = `${server.url}/apps/services/a/91.0`;
  await run({
    open: (given) => createZuoraSoap({ baseUrl, credentials: { username, password: given }, fetch: send }),
    endSession: () => writeFile(join(folder.path, 'ended'), '1'),
  });
  return { paths, envelopes };
}

describe.skipIf(!isHere)('our client of a PHP SoapServer that has our WSDL', () => {
  it('logs in, follows the address it is given, reads records, and logs in again when the session has ended', async () => {
    const { paths, envelopes } = await withServer(async ({ open, endSession }) => {
      await using client = open(password);
      const page = await client.query({ queryString });
      expect(page).toEqual({
        result: {
          done: true,
          queryLocator: null,
          records: [
            {
              $type: 'Account',
              Id: '1',
              AutoPay: true,
              Balance: '1234567890123456.78',
              BillCycleDay: 31,
              Name: 'A & B <ö>',
            },
            { $type: 'Contact', Id: '2', CreatedDate: '2024-01-15T09:30:00.000+01:00', FirstName: '名' },
          ],
          size: 2,
        },
      });
      await endSession();
      expect(await client.query({ queryString })).toEqual(page);
    });
    const [login, elsewhere] = ['/apps/services/a/91.0', '/elsewhere'];
    expect(paths).toEqual([login, elsewhere, elsewhere, login, elsewhere]);
    expect(await xmllintVerdicts(wsdlText, envelopes)).toEqual(envelopes.map(() => 'validates'));
  });

  it('reads its faults', async () => {
    const { envelopes } = await withServer(async ({ open }) => {
      await using client = open(password);
      const malformed = await rejection(client.query({ queryString: 'x & y' }));
      expect(malformed).toBeInstanceOf(SoapFaultError);
      expect(malformed).toMatchObject({ message: expect.stringContaining('Not understood: x & y') });
      expect(JSON.stringify(malformed)).toContain('MALFORMED_QUERY');
      await using denied = open('another');
      expect(await rejection(denied.query({ queryString }))).toBeInstanceOf(LoginDeniedError);
    });
    expect(envelopes).toHaveLength(6);
    expect(await xmllintVerdicts(wsdlText, envelopes)).toEqual(envelopes.map(() => 'validates'));
  });
});
