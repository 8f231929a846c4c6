import type { Session, SessionNews } from '../keeper/session.ts';
import type { Body } from './bodies.ts';
import type { OperationFacts } from './operations.ts';

/** A request as plain data: one draft, many sends. */
export interface CallDraft {
  readonly method: string;
  readonly url: string;
  readonly headers: Headers;
  readonly body: Body;
}

/** How an answer is judged: the session did its work, it is over, or only the service can tell. */
export type Verdict = 'accepted' | 'refused' | 'unsure' | 'distrust';

/** How a session is put on a REST request, and how an answer is judged. */
export interface SessionCarrier<F> {
  /** Checks and completes a call before its first send, whatever the session. Throws `TypeError` for bad input. */
  prepare?(draft: CallDraft): CallDraft;
  /** Whether the caller put a session of its own on the call: then it is sent as it is, and tells nothing about ours. */
  bringsOwn(draft: CallDraft): boolean;
  /** Whether the service does a call once however often it is sent, though its method does not say so. @default never */
  isDoneOnce?(draft: CallDraft): boolean;
  /** The draft with the session where the operation takes it. Pure; other headers and fields that the caller set win. */
  authorize(draft: CallDraft, session: Session<F>, operation: OperationFacts | undefined): CallDraft;
  /** Whether the answer's body must be read to judge it: told from status and address alone. */
  suspect(response: Response): boolean;
  /** The verdict; `text` is `null` for a body too large to be read. */
  judge(response: Response, text: string | null, operation: OperationFacts | undefined): Verdict;
  /** What an accepted answer tells about the session. */
  news?(response: Response): SessionNews<F> | undefined;
  /** Looks at an answer that goes back to the caller. */
  inspect?(draft: CallDraft, response: Response): void;
}
