import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { HeldSession } from '../../src/keeper/held-session.ts';
import {
  decodeRecord,
  encodeRecord,
  type Lifetime,
  openSession,
  recordKey,
  type Session,
  withNews,
} from '../../src/keeper/session.ts';
import { createRedactor } from '../../src/redact.ts';
import { createManualClock } from '../helpers/waiting.ts';

const minutes = 60_000;
const now = 1_767_323_045_000;
const fixedHour: Lifetime = { kind: 'fixed', ms: 60 * minutes };
const given = { secret: 'the-secret', facts: { region: 'here' } };

describe('a session', () => {
  it('shows no secret, whatever an inspection asks for', () => {
    const session = openSession(given, fixedHour, now);
    const shown = inspect(session, { showHidden: true, getters: true, depth: null });
    expect(shown).not.toContain('the-secret');
    expect(shown).toContain(session.id);
    expect(JSON.stringify(session)).not.toContain('the-secret');
    expect(session.secret).toBe('the-secret');
  });

  it.each<[string, number | null | undefined, Lifetime, number | null]>([
    ['when its login says, if that is to come', now + 1, fixedHour, now + 1],
    ['by its lifetime, where its login names a time that has passed', now, fixedHour, now + 60 * minutes],
    ['by its lifetime, where its login names none', null, fixedHour, now + 60 * minutes],
    ['by its lifetime, where its login says nothing', undefined, { kind: 'sliding', ms: 5 }, now + 5],
    ['when its login says, where no lifetime is known', now + 7, { kind: 'unknown' }, now + 7],
    ['at no known time, where nothing tells one', undefined, { kind: 'unknown' }, null],
    ['at no known time, where what its login says has passed', now - 1, { kind: 'unknown' }, null],
  ])('ends %s', (_, told, lifetime, expiresAtMs) => {
    const login = told === undefined ? given : { ...given, expiresAtMs: told };
    expect(openSession(login, lifetime, now)).toMatchObject({ expiresAtMs, obtainedAtMs: now, revision: 1 });
  });
});

describe('a stored record', () => {
  const session = openSession(given, fixedHour, now);
  const text = encodeRecord({ session, fingerprint: 'k1.print' });
  const facts = (value: unknown): object | undefined => (typeof value === 'object' && value ? value : undefined);

  it('is read as it was written', () => {
    const record = decodeRecord(text, facts);
    expect(record).toEqual({ session, fingerprint: 'k1.print' });
    expect(record?.session.secret).toBe('the-secret');
  });

  it.each([
    ['id', 7],
    ['secret', 7],
    ['secret', ''],
    ['revision', '1'],
    ['obtainedAtMs', String(now)],
    ['expiresAtMs', String(now)],
    ['v', '1'],
    ['facts', 'here'],
  ])('whose %s is %j is none, nor is one without it', (field, value) => {
    const fields: object = JSON.parse(text);
    expect(decodeRecord(JSON.stringify({ ...fields, [field]: value }), facts)).toBeNull();
    expect(decodeRecord(JSON.stringify({ ...fields, [field]: undefined }), facts)).toBeNull();
  });

  it.each(['', '{', 'null', '7', '"text"', '[]'])('is not what rests as %j', (damaged) => {
    expect(decodeRecord(damaged, () => ({}))).toBeNull();
  });

  it.each([7, null, undefined, {}])('with a fingerprint that is %j has none', (fingerprint) => {
    const damaged = JSON.stringify({ ...JSON.parse(text), fingerprint });
    expect(decodeRecord(damaged, facts)?.fingerprint).toBeNull();
  });

  it('is kept under a name that shows its kind and version and 160 bits of a hash', () => {
    const key = recordKey('session', ['https://crm.example.test', 'ada']);
    expect(key).toMatch(/^session-v1-[0-9a-f]{40}$/);
    expect(recordKey('account', ['https://crm.example.test', 'ada'])).toBe(key.replace('session', 'account'));
    expect(recordKey('session', ['https://crm.example.testada'])).not.toBe(key);
  });
});

function hold(lifetime: Lifetime) {
  const clock = createManualClock(now);
  const held = new HeldSession({ source: { lifetime }, clock, random: () => 0, redactor: createRedactor() });
  const session: Session<unknown> = openSession(given, lifetime, now);
  held.take(session, null);
  return { clock, held, session };
}

describe('a held session', () => {
  it('remembers the 16 sessions that were refused last', () => {
    const { held } = hold(fixedHour);
    const refused = Array.from({ length: 16 }, (_, n) => ({ id: `refused-${n}`, revision: 1 }));
    for (const ref of refused) held.distrust(ref);
    expect(refused.filter((ref) => held.isTrusted(ref))).toEqual([]);
    held.distrust({ id: 'one more', revision: 1 });
    expect(refused.filter((ref) => held.isTrusted(ref))).toEqual([refused[0]]);
  });

  it('that is used again within a second gets no new revision for it', () => {
    const { clock, held, session } = hold({ kind: 'sliding', ms: 10 * minutes });
    clock.advanceMs(999);
    held.accept(session, undefined);
    expect(held.current).toBe(session);
    clock.advanceMs(1);
    held.accept(session, undefined);
    expect(held.current).toMatchObject({ revision: 2, expiresAtMs: now + 1000 + 10 * minutes });
  });

  it('takes the end that an answer tells before the one of its lifetime', () => {
    const { clock, held, session } = hold({ kind: 'sliding', ms: 10 * minutes });
    clock.advanceMs(minutes);
    held.accept(session, { expiresAtMs: now + 3 * minutes });
    expect(held.current).toMatchObject({ revision: 2, expiresAtMs: now + 3 * minutes });
  });

  it('slides from an end that was not known', () => {
    const { held, session } = hold({ kind: 'sliding', ms: 10 * minutes });
    held.accept(session, { expiresAtMs: null });
    expect(held.current).toMatchObject({ revision: 2, expiresAtMs: null });
    held.accept(session, undefined);
    expect(held.current).toMatchObject({ revision: 3, expiresAtMs: now + 10 * minutes });
  });

  it('takes no news of another session, nor any when there is none', () => {
    const { held, session } = hold(fixedHour);
    const other = openSession(given, fixedHour, now);
    held.absorb(other, { secret: 'of the other' });
    expect(held.current).toBe(session);
    held.drop();
    expect(held.current).toBeUndefined();
    held.absorb(session, { secret: 'of one that is gone' });
    expect(held.current).toBeUndefined();
  });

  it.each<[string, number | null, number]>([
    ['its lifetime', now + 60 * minutes, 40 * minutes],
    ['what it was given, where that is shorter', now + 9 * minutes, 6 * minutes],
    ['its lifetime, where its end is later than that', now + 90 * minutes, 70 * minutes],
  ])('of a fixed lifetime is due in the last third of %s', (_, expiresAtMs, dueAfterMs) => {
    const { clock, held, session } = hold(fixedHour);
    held.take(withNews(session, { expiresAtMs }), null);
    clock.advanceMs(dueAfterMs - 1);
    expect(held.takeRenewalTurn()).toBe(false);
    clock.advanceMs(1);
    expect(held.takeRenewalTurn()).toBe(true);
    expect(held.takeRenewalTurn()).toBe(false);
  });

  it('without an end is never due', () => {
    const { clock, held, session } = hold(fixedHour);
    held.take(withNews(session, { expiresAtMs: null }), null);
    clock.advanceMs(1000 * 60 * minutes);
    expect(held.takeRenewalTurn()).toBe(false);
  });
});
