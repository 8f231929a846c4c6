import { checkExpected, isDenial, type ReadAnswer, readAnswer, UnreadableAnswer, valueFrom } from './answer.ts';
import { HELD_BACK, isLogin } from './caution.ts';
import { checkExchange } from './exchange.ts';
import type { Finding } from './finding.ts';
import { requestOf } from './request.ts';
import type { ContractRun, Progress, ScenarioOutcome } from './run.ts';
import type { CallStep } from './scenario.ts';
import { type ContractValue, UnsendableValue } from './template.ts';

const BODY = '/response/body';

/** What came of a step. */
export interface StepDone {
  readonly findings: readonly Finding[];
  /** Set where the rest of the scenario cannot be run. */
  readonly stop?: { readonly outcome: ScenarioOutcome; readonly reason: string };
}

/**
 * Sends what a step says and looks at what comes back; what the step keeps of it is added to the values.
 * @throws UnsendableValue for a value of the run, and the signal's reason
 */
export async function runStep(
  step: CallStep,
  run: ContractRun,
  values: Record<string, ContractValue>,
  progress: Progress,
): Promise<StepDone> {
  const { contract, suite, target, timeoutMs = 30_000, signal } = run;
  const isLoggingIn = isLogin(suite, step);
  if (isLoggingIn && target.kind !== 'sandbox' && progress.doubtfulLogins > 0)
    return { findings: [], stop: { outcome: 'skipped', reason: HELD_BACK } };
  let request: Request;
  try {
    request = await requestOf(contract, step.send, target.baseUrl, values);
  } catch (error) {
    if (!(error instanceof UnsendableValue) || Object.hasOwn(run.values, error.valueName)) throw error;
    const reason = `the ${error.valueName} that the service gave cannot be sent back to it`;
    return { findings: [], stop: { outcome: 'violated', reason } };
  }
  const sent = request.clone();
  progress.calls += 1;
  // Whatever becomes of it: the service may count a login whose answer nobody sees.
  if (isLoggingIn) progress.doubtfulLogins += 1;
  let answer: ReadAnswer;
  try {
    answer = await within(timeoutMs, signal, async (limit) => {
      const response = await target.fetch(new Request(request, { signal: limit }));
      return readAnswer(contract, step.send.operation, response);
    });
  } catch (error) {
    signal?.throwIfAborted();
    return { findings: [], stop: { outcome: 'unreachable', reason: reasonOf(error) } };
  }
  if (isLoggingIn && (await checkExpected(answer, suite.login.accepted, values)).length === 0)
    progress.doubtfulLogins -= 1;
  const missing = keepFrom(step, answer, values);
  const findings = [...allowed(await checkExchange(sent, answer.response, contract), step.breaks ?? [])];
  const unmet = await checkExpected(answer, step.expect, values);
  const told = findings.filter(({ kind }) => kind === 'violation').map(({ place }) => place);
  // Of a body that cannot be read at all, what it should have held says nothing more.
  const isUnread = answer.content === undefined && told.some((place) => place.startsWith(BODY));
  const isTold = (place: string): boolean => told.includes(place) || (isUnread && place.startsWith(BODY));
  findings.push(...unmet.filter(({ place }) => !isTold(place)));
  if (isLoggingIn && step.login === 'right' && isDenial(answer))
    return { findings: [], stop: { outcome: 'denied', reason: 'the service refused the credentials' } };
  const violated = (reason: string): StepDone => ({ findings, stop: { outcome: 'violated', reason } });
  if (unmet.length > 0) return violated(`${step.send.operation} was not answered as expected`);
  if (missing !== undefined) return violated(`the answer to ${step.send.operation} has no ${missing}`);
  return { findings };
}

/** Also ends work that does not heed its signal: a target's `fetch` may be anybody's. */
async function within<T>(
  timeoutMs: number,
  signal: AbortSignal | undefined,
  work: (limit: AbortSignal) => Promise<T>,
): Promise<T> {
  const limit = new AbortController();
  const stop = (): void => limit.abort(signal?.reason);
  const timer = setTimeout(() => limit.abort(new DOMException('no answer in time', 'TimeoutError')), timeoutMs);
  signal?.addEventListener('abort', stop);
  if (signal?.aborted) stop();
  try {
    return await new Promise<T>((resolve, reject) => {
      const giveUp = (): void => reject(limit.signal.reason);
      limit.signal.addEventListener('abort', giveUp);
      if (limit.signal.aborted) giveUp();
      work(limit.signal).then(resolve, reject);
    });
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', stop);
  }
}

/** Also of an answer that is not as it should be: what it opened has to be closed. @returns the name of what it does not have */
function keepFrom({ keep = {} }: CallStep, answer: ReadAnswer, values: Record<string, ContractValue>) {
  let missing: string | undefined;
  for (const [name, source] of Object.entries(keep)) {
    const value = valueFrom(answer, source);
    if (value === undefined) missing ??= name;
    else values[name] = value;
  }
  return missing;
}

/** The findings less those of a request that breaks its spec on purpose; one that is not found is told, as the spec then allows it. */
function allowed(findings: readonly Finding[], breaks: readonly string[]): readonly Finding[] {
  const missed = breaks.filter((place) => !findings.some((finding) => finding.place === place));
  return [
    ...findings.filter(({ place }) => !breaks.includes(place)),
    ...missed.map(
      (place): Finding => ({ kind: 'violation', place, expected: 'what the spec forbids', found: 'what it allows' }),
    ),
  ];
}

/** What kept an answer away, without the text of anybody's error: it may quote what was sent. */
function reasonOf(error: unknown): string {
  for (let at = error, depth = 0; typeof at === 'object' && at !== null && depth < 5; depth += 1) {
    if (at instanceof UnreadableAnswer) return at.message;
    if ('name' in at && at.name === 'TimeoutError') return 'no answer in time';
    if ('code' in at && typeof at.code === 'string' && /^\w{1,60}$/.test(at.code)) return `no answer (${at.code})`;
    at = 'cause' in at ? at.cause : undefined;
  }
  return 'no answer';
}
