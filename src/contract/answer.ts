import { bufferUpTo, isJson, mediaTypeOf, textOf } from '../transport/bodies.ts';
import { EnvelopeError } from '../transport/soap-envelope-error.ts';
import { createEnvelopeReader } from '../transport/soap-reader.ts';
import type { Contract } from './exchange.ts';
import { type Finding, kindOf, valueAt } from './finding.ts';
import type { Expected, Match, Source } from './scenario.ts';
import { type ContractValues, fill } from './template.ts';

/** The largest answer that is read, in bytes. */
const LARGEST_ANSWER = 8 * 2 ** 20;

/** An answer, read whole. */
export interface ReadAnswer {
  readonly status: number;
  readonly headers: Headers;
  /** What its body holds: JSON, or for SOAP `{ result }` or `{ fault: { name, message, detail } }`; `undefined` where it is neither. */
  readonly content: unknown;
  /** The same answer once more, for whoever reads it next. */
  readonly response: Response;
}

/** Reads an answer to its end. @throws RangeError for one that is larger than 8 MiB, and what a body that breaks off throws */
export async function readAnswer(contract: Contract, operation: string, response: Response): Promise<ReadAnswer> {
  const { status, headers } = response;
  const body = await bufferUpTo(response.body, LARGEST_ANSWER);
  if (body.kind === 'stream') {
    body.stream.cancel().catch(() => {});
    throw new RangeError(`the answer is larger than ${LARGEST_ANSWER} bytes`);
  }
  const bytes = body.kind === 'bytes' ? body.bytes : null;
  // Some statuses must not have a body, not even an empty one.
  const again = new Response(bytes, { status: status < 200 ? 200 : status, headers });
  return { status, headers, content: contentOf(contract, operation, headers, bytes), response: again };
}

function contentOf(contract: Contract, operation: string, headers: Headers, bytes: Uint8Array | null): unknown {
  if (bytes === null) return undefined;
  if (contract.kind === 'soap') return envelopeContent(contract.service, operation, bytes);
  if (!isJson(mediaTypeOf(headers))) return undefined;
  try {
    return JSON.parse(textOf(bytes));
  } catch {
    return undefined;
  }
}

type Service = Extract<Contract, { kind: 'soap' }>['service'];

function envelopeContent(service: Service, operation: string, bytes: Uint8Array): unknown {
  try {
    const reader = createEnvelopeReader(service, operation);
    reader.write(bytes);
    const answer = reader.close();
    if (answer.kind === 'result') return { result: answer.value };
    return { fault: { name: answer.code.name, message: answer.message, detail: answer.detail?.name ?? null } };
  } catch (error) {
    if (error instanceof EnvelopeError) return undefined;
    throw error;
  }
}

/** Where an answer is not what a step expects. No finding shows a value. */
export async function checkExpected(
  { status, headers, content }: ReadAnswer,
  expected: Expected,
  values: ContractValues,
): Promise<Finding[]> {
  const findings: Finding[] = [];
  const statuses = [expected.status].flat();
  if (!statuses.includes(status)) {
    const wanted = statuses.join(' or ');
    findings.push({ kind: 'violation', place: '/response/status', expected: wanted, found: String(status) });
  }
  for (const [pointer, match] of Object.entries(expected.body ?? {}))
    findings.push(...(await checkMatch(`/response/body${pointer}`, valueAt(content, pointer), match, values)));
  for (const [name, match] of Object.entries(expected.headers ?? {}))
    findings.push(...(await checkMatch(`/response/headers/${name}`, headers.get(name) ?? undefined, match, values)));
  return findings;
}

async function checkMatch(place: string, value: unknown, match: Match, values: ContractValues): Promise<Finding[]> {
  const kind = kindOf(value);
  const finding = (expected: string, found: string): Finding[] => [{ kind: 'violation', place, expected, found }];
  if (typeof match === 'object' && match !== null) {
    if ('is' in match) return kind === match.is ? [] : finding(match.is, kind);
    const fits = typeof value === 'string' && new RegExp(match.matches).test(value);
    return fits ? [] : finding(`a text like ${match.matches}`, kind === 'string' ? 'another text' : kind);
  }
  const wanted = typeof match === 'string' ? await fill(match, values) : match;
  if (value === wanted) return [];
  // What stands in the scenario is no secret; what was filled in may be one.
  const isFilled = typeof match === 'string' && wanted !== match;
  return finding(
    isFilled ? 'what was sent or answered before' : JSON.stringify(match),
    kind === kindOf(wanted) ? `another ${kind}` : kind,
  );
}

/** A value of an answer that later steps need; `undefined` if it is not there, or no text or number. */
export function valueFrom({ headers, content }: ReadAnswer, source: Source): string | undefined {
  if ('header' in source) return headers.get(source.header) ?? undefined;
  if ('cookie' in source) {
    const prefix = `${source.cookie}=`;
    const line = headers.getSetCookie().find((cookie) => cookie.startsWith(prefix));
    return line?.slice(prefix.length).split(';', 1)[0];
  }
  const value = valueAt(content, source.body);
  return typeof value === 'string' || typeof value === 'number' ? String(value) : undefined;
}

/** Whether an answer to a login says that these credentials are wrong, so that sending them again could lock the account. */
export function isDenial({ status, content }: ReadAnswer): boolean {
  return status === 401 || status === 403 || valueAt(content, '/fault/detail') === 'LoginFault';
}
