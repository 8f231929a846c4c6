import { badArgument } from '../errors.ts';
import type { Session } from '../keeper/session.ts';
import { textOf } from '../transport/bodies.ts';
import type { CallDraft, SessionCarrier, Verdict } from '../transport/carrier.ts';
import type { OperationFacts } from '../transport/operations.ts';
import { verdictOf } from './outcomes.ts';
import { readZatoAnswer } from './zato-answer.ts';
import { zatoCalls } from './zato-outcomes.ts';

/** Where calls take the session that the spec does not describe: like most of those that it does. */
const USUAL_FIELDS = { secret: 'ust', app: 'current_app' };
const SECRET_FIELDS = ['ust', 'current_ust'];

/** Puts the user session token and the application into body or query, and judges Zato's answers. */
export class ZatoCarrier<F> implements SessionCarrier<F> {
  readonly #currentApp: string;

  constructor(currentApp: string) {
    this.#currentApp = currentApp;
  }

  prepare(draft: CallDraft): CallDraft {
    return withFields(draft, fieldsOf(draft, undefined).in, { [USUAL_FIELDS.app]: this.#currentApp });
  }

  bringsOwn(draft: CallDraft): boolean {
    const query = new URL(draft.url).searchParams;
    const body = draft.body.kind === 'bytes' ? parsed(textOf(draft.body.bytes)) : undefined;
    const given: Partial<Record<string, unknown>> = typeof body === 'object' && body !== null ? { ...body } : {};
    return SECRET_FIELDS.some((name) => Boolean(query.get(name) || given[name]));
  }

  authorize(draft: CallDraft, session: Session<F>, operation: OperationFacts | undefined): CallDraft {
    const fields = fieldsOf(draft, operation);
    return withFields(draft, fields.in, { [fields.secret]: session.secret, [fields.app]: this.#currentApp });
  }

  suspect({ status }: Response): boolean {
    return status === 403 || status === 500;
  }

  judge({ status }: Response, text: string | null, operation: OperationFacts | undefined): Verdict {
    const { codes, isBare } = readZatoAnswer({ json: parsed(text) });
    return verdictOf(zatoCalls, {
      status,
      codes,
      isBare,
      isAmbiguous:
        operation?.session.some(({ name, fills }) => fills === 'secret' && name !== USUAL_FIELDS.secret) ?? false,
      isSearch: operation?.path.endsWith('/search') ?? false,
    });
  }
}

interface Fields {
  readonly in: 'query' | 'body';
  readonly secret: string;
  readonly app: string;
}

function fieldsOf({ method }: CallDraft, operation: OperationFacts | undefined): Fields {
  const secret = operation?.session.find(({ fills }) => fills === 'secret');
  const app = operation?.session.find(({ fills }) => fills === 'app');
  const usual = method === 'GET' || method === 'HEAD' ? 'query' : 'body';
  return {
    in: secret ? (secret.in === 'query' ? 'query' : 'body') : usual,
    secret: secret?.name ?? USUAL_FIELDS.secret,
    app: app?.name ?? USUAL_FIELDS.app,
  };
}

function withFields(draft: CallDraft, where: Fields['in'], values: Readonly<Record<string, string>>): CallDraft {
  return where === 'query' ? withQuery(draft, values) : withBodyFields(draft, values);
}

function withQuery(draft: CallDraft, values: Readonly<Record<string, string>>): CallDraft {
  const url = new URL(draft.url);
  for (const [name, value] of Object.entries(values))
    if (!url.searchParams.has(name)) url.searchParams.set(name, value);
  return { ...draft, url: url.href };
}

function withBodyFields(draft: CallDraft, values: Readonly<Record<string, string>>): CallDraft {
  if (draft.body.kind === 'stream') {
    throw badArgument(
      'ERR_BODY',
      'Zato takes the session inside a JSON body, so the body must be JSON of at most 1 MiB',
    );
  }
  const given = draft.body.kind === 'bytes' ? parsed(textOf(draft.body.bytes)) : {};
  if (typeof given !== 'object' || given === null || Array.isArray(given)) {
    throw badArgument('ERR_BODY', 'Zato takes the session inside a JSON body, so the body must be a JSON object');
  }
  const headers = new Headers(draft.headers);
  headers.set('content-type', 'application/json');
  const bytes = new TextEncoder().encode(JSON.stringify({ ...values, ...given }));
  return { ...draft, headers, body: { kind: 'bytes', bytes } };
}

function parsed(text: string | null): unknown {
  try {
    return JSON.parse(text ?? '');
  } catch {
    return undefined;
  }
}
