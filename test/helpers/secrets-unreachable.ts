import { inspect } from 'node:util';
import { secrets } from './secrets.ts';
import type { Reply } from './secrets-service.ts';
import { type Stage, soapLogin } from './secrets-stage.ts';

/** The ways in which a service gives no answer worth believing. */
export async function unreachable(stage: Stage): Promise<void> {
  let text = stage.repeat('apiSecret');
  const { plainSession, apiSecret } = secrets;
  const safe = encodeURIComponent(apiSecret);
  // A body of HTML, and addresses that hold secrets wherever an address can.
  for (const location of [
    `https://${safe}:${safe}@other.test/${safe}?token=${safe}#${safe}`,
    `//${safe}@other.test:1/`,
    '::',
  ]) {
    const reply: Reply = { status: 302, headers: { location }, body: `<html>${text}</html>` };
    stage.answer({ 'POST /auth/login': reply, 'POST /v1/connections': reply, 'GET /auth/session': reply });
    await stage.fails(stage.pulse().session.get());
    await stage.fails(stage.zuoraRest().session.get());
    stage.answer({
      'POST /auth/login': { body: { id: 1, email: 'a@company.test', token: plainSession } },
      'GET /auth/session': { ...reply, headers: { location: location.replace('other', plainSession) } },
    });
    if (location !== '::') await stage.fails(stage.pulse().GET('/auth/session'));
  }
  text = stage.repeat('apiSecret', 'plainSession');
  // The new session is a host's name: in the redirect of a call, and in the answer that brings it.
  stage.answer({
    'POST /auth/login': { body: { id: 1, email: 'a@company.test', token: plainSession } },
    'GET /auth/session': { status: 302, headers: { location: `https://${plainSession}.test/` } },
    'SOAP login': soapLogin(plainSession, `https://${plainSession}.test/a`),
  });
  await stage.fails(stage.pulse().GET('/auth/session'));
  await stage.fails(stage.zuoraSoap().session.get());
  stage.answer({
    'POST /v1/connections': {
      headers: { 'set-cookie': [`ZSession=${plainSession}`] },
      body: { success: false, reasons: [{ code: plainSession, message: `${text} ${plainSession}` }] },
    },
  });
  await stage.fails(stage.zuoraRest().session.get());
  stage.repeat('apiKey', 'apiSecret', 'password');
  for (const reply of [
    { status: 502, body: `<html>${text}</html>` },
    { isCut: true },
    { status: 200, body: '<html>' },
  ]) {
    stage.answer({ 'POST /auth/login': reply, 'POST /zato/sso/user/login': reply, 'SOAP login': reply });
    for (const client of [stage.pulse(), stage.zato(), stage.zuoraSoap()]) await stage.fails(client.session.get());
  }
  // A token that no header can carry.
  stage.repeat('apiKey', 'apiSecret', 'token');
  stage.answer({
    'POST /auth/login': { body: { id: 1, email: 'a@company.test', token: `${secrets.token}\n${secrets.token}` } },
  });
  await stage.fails(stage.pulse().GET('/auth/session'));
  // A fetch whose errors quote all that it was given.
  const quoting: typeof fetch = async (input, init) => {
    const { headers, body } = init ?? {};
    const sent = body instanceof Uint8Array ? new TextDecoder().decode(body) : String(body);
    const lines = [...new Headers(headers)].map(([name, value]) => `${name}: ${value}`).join('\r\n');
    const said = `${String(input)} ${lines}\r\n\r\n${sent} ${JSON.stringify({ headers, sent })} ${inspect({ headers, sent })}`;
    const cause = new AggregateError([new Error(said), said], said);
    throw Object.assign(new TypeError(`fetch failed: ${said}`, { cause }), { config: init, request: init });
  };
  stage.answer({});
  const all = [
    stage.pulse({ fetch: quoting }),
    stage.zuoraRest({ fetch: quoting }),
    stage.zato({ fetch: quoting }),
    stage.zuoraSoap({ fetch: quoting }),
  ];
  for (const client of all) await stage.fails(client.session.get());
  let isQuoting = false;
  const later: typeof fetch = (input, init) => (isQuoting ? quoting : fetch)(input, init);
  const [pulse, rest, zato, soap] = [
    stage.pulse({ fetch: later }),
    stage.zuoraRest({ fetch: later }),
    stage.zato({ fetch: later }),
    stage.zuoraSoap({ fetch: later }),
  ];
  for (const { session } of [pulse, rest, zato, soap]) await session.get();
  isQuoting = true;
  await stage.fails(pulse.GET('/auth/session'));
  await stage.fails(rest.fetch(`${stage.service.url}/v1/accounts/A1`));
  await stage.fails(zato.GET('/zato/sso/user', { params: { query: { user_id: 'u' } } }));
  await stage.fails(zato.PATCH('/zato/sso/user', { body: {} }));
  await stage.fails(soap.query({ queryString: 'x' }));
  isQuoting = false;
}
