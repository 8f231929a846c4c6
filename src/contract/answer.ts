import { bufferUpTo, isJson, mediaTypeOf, textOf } from '../transport/bodies.ts';
import { EnvelopeError } from '../transport/soap-envelope-error.ts';
import { createEnvelopeReader } from '../transport/soap-reader.ts';
import type { Contract } from './exchange.ts';
import { type Finding, kindOf, valueAt } from './finding.ts';
import { unpacked } from './message.ts';
import type { Expected, Match, Source } from './scenario.ts';
import { type ContractValues, fill } from './template.ts';

/** The largest answer that is read, in bytes, packed or not. */
const LARGEST_ANSWER = 8 * 2 ** 20;

/** An answer that nothing can be made of. Its message is free of what was answered. */
export class UnreadableAnswer extends Error {}

/** An answer, read whole. */
export interface ReadAnswer {
  readonly status: number;
  readonly headers: Headers;
  /** What its body holds: JSON, or for SOAP `{ result }` or `{ fault: { name, message, detail } }`; `undefined` where it is neither. */
  readonly content: unknown;
  /** The same answer once more, for whoever reads it next. */
  readonly response: Response;
}

/** Reads an answer to its end, and unpacks it. @throws UnreadableAnswer, and what a body that breaks off throws */
export async function readAnswer(contract: Contract, operation: string, response: Response): Promise<ReadAnswer> {
  const { status, headers } = response;
  const body = await bufferUpTo(response.body, LARGEST_ANSWER);
  if (body.kind === 'stream') {
    body.stream.cancel().catch(() => {});
    throw tooLarge();
  }
  if (status > 599) throw new UnreadableAnswer(`the answer has the status ${status}, which HTTP does not have`);
  const bytes = body.kind === 'bytes' ? unpackedAnswer(body.bytes, headers) : null;
  // Unpacked once is unpacked: nobody is to try again.
  const rest = new Headers(headers);
  rest.delete('content-encoding');
  // Some statuses must not have a body, not even an empty one.
  const again = new Response(bytes, { status: status < 200 ? 200 : status, headers: rest });
  return { status, headers, content: contentOf(contract, operation, headers, bytes), response: again };
}

function unpackedAnswer(bytes: Uint8Array<ArrayBuffer>, headers: Headers): Uint8Array<ArrayBuffer> {
  try {
    return unpacked(bytes, headers.get('content-encoding'), LARGEST_ANSWER);
  } catch (error) {
    const isTooLarge = error instanceof RangeError && 'code' in error && error.code === 'ERR_BUFFER_TOO_LARGE';
    throw isTooLarge ? tooLarge() : new UnreadableAnswer('the answer says that it is gzip, and cannot be unpacked');
  }
}

function tooLarge(): UnreadableAnswer {
  return new UnreadableAnswer(`the answer is larger than ${LARGEST_ANSWER} bytes`);
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
