import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { generate } from '../../scripts/generate/index.ts';
import { openSandbox } from '../helpers/live-systems.ts';
import { compilerMessages, createScratch, projectFolder, type Scratch } from './generate-openapi.support.ts';

// The strictest compiler reads the client with its sources.
vi.setConfig({ testTimeout: 90_000, hookTimeout: 60_000 });

/** What a tenant might hand in: it knows nothing of sessions, and asks for the headers and cookies that clients send. */
const spec = `openapi: 3.0.3
info: { title: Billing of a tenant, version: '7' }
security: [{ session: [] }]
paths:
  /v1/accounts/{account-key}:
    get:
      operationId: readAccount
      parameters:
        - { name: account-key, in: path, required: true, schema: { type: string } }
        - { name: Authorization, in: header, required: true, schema: { type: string } }
        - { name: ZSession, in: cookie, required: true, schema: { type: string } }
        - { name: Zuora-Track-Id, in: header, schema: { type: string, maxLength: 64 } }
        - { name: Zuora-Version, in: header, required: true, schema: { type: string } }
      responses:
        '200':
          description: The account
          content: { application/json: { schema: { $ref: '#/components/schemas/Account' } } }
  /v1/action/query:
    post:
      operationId: query
      requestBody:
        required: true
        content:
          application/json:
            schema: { type: object, required: [queryString], properties: { queryString: { type: string } } }
      responses:
        '200':
          description: Rows
          content: { application/json: { schema: { $ref: '#/components/schemas/Rows' } } }
components:
  securitySchemes:
    session: { type: apiKey, in: cookie, name: ZSession }
  schemas:
    Account:
      type: object
      required: [basicInfo]
      properties:
        basicInfo:
          type: object
          required: [accountNumber, name]
          properties: { accountNumber: { type: string }, name: { type: string }, Region__c: { type: string, nullable: true } }
    Rows:
      type: object
      required: [done, size]
      properties:
        done: { type: boolean }
        size: { type: integer }
        records: { type: array, items: { type: object, additionalProperties: true } }
`;

const program = (folder: string) => `
import { createZuoraRest } from '${folder}src/systems/zuora-rest.ts';
import type { paths } from './types.ts';

export async function run(baseUrl: string): Promise<unknown> {
  const credentials = { apiAccessKeyId: 'username@company.com', apiSecretAccessKey: 'password' };
  const client = createZuoraRest<paths>({ baseUrl, credentials });
  const rows = await client.POST('/v1/action/query', { body: { queryString: 'select Id, AccountNumber from Account' } });
  const first: Record<string, unknown> | undefined = rows.data?.records?.[0];
  const account = await client.GET('/v1/accounts/{account-key}', {
    params: { path: { 'account-key': String(first?.['AccountNumber']) }, header: { 'Zuora-Version': '211.0' } },
  });
  const number: string | undefined = account.data?.basicInfo.accountNumber;
  return { size: rows.data?.size, asked: first?.['AccountNumber'], number, error: account.error };
}

export async function mistakes(baseUrl: string): Promise<void> {
  const credentials = { apiAccessKeyId: 'a', apiSecretAccessKey: 'b' };
  const client = createZuoraRest<paths>({ baseUrl, credentials });
  // @ts-expect-error an operation that the tenant does not have
  await client.GET('/v1/entities');
  // @ts-expect-error a body is asked for
  await client.POST('/v1/action/query');
  // @ts-expect-error a field of the body is asked for
  await client.POST('/v1/action/query', { body: {} });
  // @ts-expect-error a header that the client does not send is asked for
  await client.GET('/v1/accounts/{account-key}', { params: { path: { 'account-key': 'A1' } } });
  const { data } = await client.GET('/v1/accounts/{account-key}', {
    params: { path: { 'account-key': 'A1' }, header: { 'Zuora-Version': '1' }, cookie: { ZSession: 'mine' } },
  });
  // @ts-expect-error a field that the tenant's accounts do not have
  data?.basicInfo.shoeSize;
}
`;

let scratch: Scratch;

beforeAll(async () => {
  scratch = await createScratch({ 'tenant.yaml': spec });
  await generate({ openapi: [join(scratch.specs, 'tenant.yaml')], out: scratch.out });
  await writeFile(join(scratch.out, 'tenant/program.ts'), program(projectFolder));
});

afterAll(() => scratch[Symbol.asyncDispose]());

describe("a tenant's own specification", () => {
  it('types a client with all of its operations under the strictest compiler', async () => {
    const names = Object.keys(await scratch.read()).map((file) => join(scratch.out, '..', file));
    expect(names.some((name) => name.endsWith('/types.ts'))).toBe(true);
    const path = join(scratch.out, 'tenant/program.ts');
    const own = names.filter((name) => name !== path);
    const messages = compilerMessages(own, ['node'], new Map([[path, program(projectFolder)]]));
    // The package itself is compiled with settings of its own.
    expect(messages.filter((message) => message.startsWith(scratch.out))).toEqual([]);
  });

  it('makes calls that log in by themselves', async () => {
    const bundle = join(scratch.out, 'program.mjs');
    await build({
      entryPoints: [join(scratch.out, 'tenant/program.ts')],
      bundle: true,
      format: 'esm',
      platform: 'node',
      nodePaths: [join(projectFolder, 'node_modules')],
      outfile: bundle,
    });
    const { run } = (await import(/* @vite-ignore */ bundle)) as {
      run: (baseUrl: string) => Promise<Record<string, unknown>>;
    };
    await using live = await openSandbox();

    const said = await run(`${live.url}`);

    expect(said).toMatchObject({ asked: expect.stringMatching(/./), error: undefined });
    expect(said.number).toBe(said.asked);
    expect(said.size).toBeGreaterThan(0);
  });
});
