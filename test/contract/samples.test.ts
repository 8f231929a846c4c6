import { HttpResponse, http } from 'msw';
import { describe, expect, it } from 'vitest';
import { createPulseCrm } from '../../src/systems/pulse-crm.ts';
import { createZatoSso } from '../../src/systems/zato-sso.ts';
import { createZuoraRest } from '../../src/systems/zuora-rest.ts';
import { NOW_MS, useContractHarness } from './harness.ts';
import { readSamples, type Sample, wireText } from './samples.ts';

type Login = { login(): Promise<{ readonly secret: string; readonly facts: object }> };

const clock = { nowMs: () => NOW_MS };

/** A client of each system with the credentials of the sample. Unlisted samples fail. */
const clients = {
  'pulse-crm': ({ request }: Sample) =>
    createPulseCrm({
      baseUrl: 'https://pulse.example.test',
      credentials: request.body as { apiKey: string; apiSecret: string },
      clock,
    }),
  'zato-sso': ({ request }: Sample) => {
    const { current_app, ...credentials } = request.body as { username: string; password: string; current_app: string };
    return createZatoSso({ baseUrl: 'http://localhost:17010', currentApp: current_app, credentials, clock });
  },
  'zuora-rest': ({ request }: Sample) => {
    const { apiAccessKeyId = '', apiSecretAccessKey = '' } = request.headers ?? {};
    const credentials = { apiAccessKeyId, apiSecretAccessKey };
    return createZuoraRest({ baseUrl: 'https://rest.apisandbox.zuora.com', credentials, clock });
  },
};
const systems = ['pulse-crm', 'zato-sso', 'zuora-rest'] as const;
const all = systems.flatMap((system) =>
  readSamples(system).map((sample) => ({ system, sample, title: `${system} ${sample.name}` })),
);

describe('documented samples', () => {
  const harness = useContractHarness();
  const answerAsDocumented = ({ request, response }: Sample): void => {
    const { status, headers } = response;
    const answer = () =>
      new HttpResponse(wireText(response), { status, headers: { 'content-type': 'application/json', ...headers } });
    const method = request.method.toLowerCase() as 'post';
    harness.server.use(http[method](`*${request.path}`, answer));
  };
  const sendAndAnswer = async (system: (typeof systems)[number], sample: Sample) => {
    answerAsDocumented(sample);
    const { session }: { session: Login } = clients[system](sample);
    return session.login();
  };

  for (const { system, sample, title } of all) {
    it(`${title}: the text says what the body does`, () => {
      for (const { text, body } of [sample.request, sample.response]) {
        // A page prints the sample of a collapsible object with its minus sign.
        if (text !== undefined) expect(JSON.parse(text.replace(/^\{- /, '{ '))).toEqual(body);
      }
    });

    it(`${title}: the client sends the documented request`, async () => {
      await sendAndAnswer(system, sample).catch(() => undefined);
      const [exchange] = await harness.exchanges();
      const { method, path, headers = {}, body } = sample.request;
      expect(exchange?.request.method).toBe(method);
      expect(new URL(exchange?.request.url ?? '').pathname).toBe(path);
      expect(Object.fromEntries(exchange?.request.headers ?? [])).toMatchObject(
        Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value])),
      );
      expect(await exchange?.request.json()).toEqual(body);
    });

    const { expect: expected } = sample;
    if ('secret' in expected) {
      it(`${title}: the documented answer gives the session`, async () => {
        const { secret, facts } = await sendAndAnswer(system, sample);
        expect({ secret, facts }).toEqual(expected);
      });
    } else {
      it(`${title}: the documented answer gives the typed error`, async () => {
        const thrown: unknown = await sendAndAnswer(system, sample).catch((error: unknown) => error);
        const { error: name, ...details } = expected;
        expect(thrown).toMatchObject({ name, ...details });
      });
    }
  }

  it('every system has a documented sample and a realistic one', () => {
    for (const system of systems) {
      const names = readSamples(system).map(({ name }) => name);
      expect(names.some((name) => name.includes('realistic'))).toBe(true);
      expect(readSamples(system).some(({ response }) => response.source.startsWith('seed'))).toBe(true);
    }
  });
});
