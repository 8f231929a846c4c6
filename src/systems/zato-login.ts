import { validators } from '../../generated/zato-sso/login-validators.ts';
import type { components } from '../../generated/zato-sso/types.ts';
import { CredentialsMissingError } from '../errors.ts';
import type { LoginResult, SourceIo } from '../keeper/source.ts';
import { refuseNoLogin, refuseUnbelievable, skewOf } from '../transport/believe.ts';
import { checkAnswer } from '../transport/contract-check.ts';
import type { Answer, Sender } from '../transport/send.ts';
import { TOTP_STEP_MS, totpAt } from './totp.ts';
import { readZatoAnswer } from './zato-answer.ts';
import { zatoDenial } from './zato-outcomes.ts';
import { zatoStatusName } from './zato-status.ts';

const LOGIN = 'POST /zato/sso/user/login';

/** A Zato user's name and password. */
export interface ZatoSsoCredentials {
  readonly username: string;
  readonly password: string;
  /** Sent when the account must change its password; from then on it is the password. */
  readonly newPassword?: string;
}

/**
 * Where one-time codes come from: a code, a function of the moment they are for (ms since the epoch), which may have none, or the TOTP seed in
 * base32.
 */
export type ZatoTotp =
  | string
  | ((about: { readonly atMs: number }) => string | undefined | Promise<string | undefined>)
  | { readonly seed: string };

/** Zato's login tells nothing besides the user session token. */
export type ZatoSsoFacts = Readonly<Record<string, never>>;

/** What a login sends besides the credentials. */
export interface ZatoLoginOptions {
  /** Name of the application that calls are made from. */
  readonly currentApp: string;
  /** One-time codes for users with a second factor. @default none */
  readonly totp?: ZatoTotp;
  /** Send a code when Zato asks for one, or with each login. @default 'when-asked' */
  readonly sendTotp?: 'when-asked' | 'always';
  /** `remote_addr` of the login, where the service takes it. @default not sent */
  readonly remoteAddr?: string;
  /** `user_agent` of the login, where the service takes it, and the `User-Agent` of its request. @default 'latchkey', as header only */
  readonly userAgent?: string;
}

type LoginForm = components['schemas']['LoginRequest'];
type LoginAnswer = components['schemas']['LoginAnswer'];

interface LoginParts {
  readonly baseUrl: string;
  readonly sender: Sender;
  readonly hide: (secret: string) => void;
  send(form: LoginForm, signal: AbortSignal): Promise<Answer>;
}

/** Makes Zato's login: one request, and one more for each thing that Zato asks for. */
export function createZatoLogin(
  options: ZatoLoginOptions,
  parts: LoginParts,
): (credentials: ZatoSsoCredentials, io: SourceIo) => Promise<LoginResult<ZatoSsoFacts>> {
  const { currentApp, totp, remoteAddr, userAgent } = options;
  const { hide } = parts;
  /** A password that a login of this client has changed, until the credentials say so themselves. */
  let changed: { readonly from: string; readonly to: string } | undefined;

  const codeAt = async (atMs: number): Promise<string | undefined> => {
    const code =
      typeof totp === 'function' ? await totp({ atMs }) : typeof totp === 'object' ? totpAt(totp.seed, atMs) : totp;
    if (code === undefined) return undefined;
    if (typeof code !== 'string' || code === '') {
      const what = `zato-sso: totp gave something else than a code, which is a text such as '012345'`;
      throw new CredentialsMissingError(what, { system: 'zato-sso' });
    }
    hide(code);
    return code;
  };

  return async ({ username, password, newPassword }, io) => {
    let form: LoginForm = {
      username,
      password: changed?.from === password ? changed.to : password,
      current_app: currentApp,
      ...(remoteAddr === undefined ? {} : { remote_addr: remoteAddr }),
      ...(userAgent === undefined ? {} : { user_agent: userAgent }),
    };
    const attempt = (more: LoginForm): Promise<Tried> => {
      form = { ...form, ...more };
      return io.spend(async () => triedFrom(await parts.send(form, io.signal), parts, io.nowMs()));
    };

    /** Tries, and once more for each thing that is amiss with the one-time code. */
    const attemptWithCode = async (more: LoginForm): Promise<Tried> => {
      let tried = await attempt(more);
      if (tried.code === 'E005008' && form.totp_code === undefined) {
        const code = await codeAt(io.nowMs() + tried.skewMs);
        if (code !== undefined) tried = await attempt({ totp_code: code });
      }
      if (tried.code === 'E005001' && form.totp_code !== undefined) {
        // Zato takes the code of its current step only: the one sent may be of another by now, or of the step before Zato's.
        const atMs = io.nowMs() + tried.skewMs;
        let code = await codeAt(atMs);
        if (code === form.totp_code) code = await codeAt(atMs + TOTP_STEP_MS);
        if (code !== undefined && code !== form.totp_code) tried = await attempt({ totp_code: code });
      }
      return tried;
    };

    const early = options.sendTotp === 'always' ? await codeAt(io.nowMs()) : undefined;
    let tried = await attemptWithCode(early === undefined ? {} : { totp_code: early });
    if (newPassword !== undefined && form.password !== newPassword) {
      // Sent only when asked for: otherwise Zato drops it without a word, and nobody knows which password is the right one.
      const isAsked = tried.code === 'E003007';
      if (isAsked) tried = await attemptWithCode({ new_password: newPassword });
      // Refused: perhaps an earlier run has changed it already.
      else if (tried.code === 'E005001') tried = await attemptWithCode({ password: newPassword });
      if (tried.ust !== undefined && (isAsked || form.password === newPassword))
        changed = { from: password, to: newPassword };
      if (tried.ust !== undefined && isAsked) io.report({ type: 'password-changed' });
    }
    if (tried.ust === undefined) throw zatoDenial('login', tried.codes, tried.cid, parts.sender.redactor);
    for (const code of tried.codes) {
      const coded = `${code} (${zatoStatusName(code) ?? 'not documented'})`;
      const message = `Zato warned at the login: ${code === 'W003005' ? `the password is about to expire, ${coded}` : coded}`;
      io.report({ type: 'warning', code: 'login-warning', message });
    }
    return { secret: tried.ust, facts: {} };
  };
}

interface Tried {
  readonly ust: string | undefined;
  readonly codes: readonly string[];
  readonly code: string | undefined;
  readonly cid: string | undefined;
  readonly skewMs: number;
}

function triedFrom(answer: Answer, { baseUrl, sender }: LoginParts, nowMs: number): Tried {
  const { status, codes, cid } = readZatoAnswer(answer);
  const requestIds: Record<string, string> = cid === undefined ? {} : { cid };
  const skewMs = skewOf(answer.headers, nowMs);
  // Denials are read leniently: an odd one is still no reason to send the password again. What a gateway says is none.
  const isBelievable = answer.status < 500 && answer.status !== 429;
  if (status === 'error' && isBelievable) return { ust: undefined, codes, code: codes[0], cid, skewMs };
  refuseUnbelievable(sender, LOGIN, answer, requestIds);
  refuseNoLogin(sender, { login: LOGIN, baseUrl }, answer.status);
  checkAnswer('zato-sso', LOGIN, validators.login, answer, { redactor: sender.redactor, requestIds });
  if (answer.status >= 400)
    throw sender.unreachable(`${LOGIN} failed with status ${answer.status}`, { status: answer.status });
  // Fits: it has just been checked.
  const { ust } = answer.json as LoginAnswer;
  return { ust, codes, code: codes[0], cid, skewMs };
}
