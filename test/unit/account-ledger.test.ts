import { describe, expect, it } from 'vitest';
import { LoginDeniedError } from '../../src/errors.ts';
import { DEFAULT_LOGIN_BUDGET, DEFAULT_QUARANTINE } from '../../src/keeper/account-ledger.ts';
import { openAccount, type StoredBook, wrong, wrongs } from '../helpers/account-book.ts';
import { createFakeService, openKeeper, rightCredentials } from '../helpers/fake-service.ts';
import { rejection } from '../helpers/waiting.ts';

const minutes = 60_000;
const day = 24 * 60 * minutes;

describe('an account’s book in the store', () => {
  const damages: Array<[string, (book: StoredBook) => object | string]> = [
    ['is no JSON', (book) => JSON.stringify(book).slice(0, -3)],
    ['is null', () => 'null'],
    ['is a text', () => '"denials"'],
    ['has no denials', ({ logins }) => ({ logins })],
    ['has no logins', ({ denials }) => ({ denials })],
    ['has one denial in place of a list', (book) => ({ ...book, denials: book.denials[0] })],
    ['has a list of logins that is none', (book) => ({ ...book, logins: { 0: book.logins[0] } })],
    ['has a login that is none', (book) => ({ ...book, logins: [...book.logins, 'yesterday'] })],
    ['has a denial that is null', (book) => ({ ...book, denials: [...book.denials, null] })],
    ['has a denial that is a text', (book) => ({ ...book, denials: [...book.denials, 'denied'] })],
    ...(['fingerprint', 'code', 'sinceMs', 'untilMs', 'times'] as const).flatMap(
      (field): Array<[string, (book: StoredBook) => object]> => [
        [`has a denial without ${field}`, (book) => withDenial(book, { [field]: undefined })],
        [`has a denial with another kind of ${field}`, (book) => withDenial(book, { [field]: swapped(book, field) })],
      ],
    ),
    ['has a denial with a number for what lifts it', (book) => withDenial(book, { liftedBy: 7 })],
  ];

  it.each(damages)('that %s counts as absent, and the next login writes a good one', async (_, damage) => {
    const { kept, open, service } = openAccount();
    await open().tell(wrong);
    const damaged = damage(await kept.book());
    await kept.put(typeof damaged === 'string' ? damaged : JSON.stringify(damaged));
    const { tell, heard } = open();
    expect(await tell(wrong)).toBe('denied');
    expect(service.counts.logins).toBe(2);
    expect(heard()).toEqual(['login-failed']);
    expect(await kept.book()).toMatchObject({ denials: [{ times: 1 }], logins: [expect.any(Number)] });
    expect(await open().tell(wrong)).toBe('quarantined');
  });

  it.each([
    ['without words of what lifts a denial, as earlier versions wrote it', { liftedBy: undefined }],
    ['with words of what lifts a denial', { liftedBy: 'a new password' }],
    ['without a reason', { reason: undefined }],
  ])('%s is read', async (_, changed) => {
    const { kept, open } = openAccount();
    await open().tell(wrong);
    await kept.put(JSON.stringify(withDenial(await kept.book(), changed)));
    expect(await open().tell(wrong)).toBe('quarantined');
  });

  it('that is gone is forgotten by those who have saved all they knew', async () => {
    const { kept, open } = openAccount();
    const { tell } = open();
    await tell(wrong);
    await kept.takeAway();
    expect(await tell(wrong)).toBe('denied');
  });

  it('tells each of two logins of the same millisecond', async () => {
    const { open } = openAccount();
    const { tell } = open();
    await tell(rightCredentials);
    await tell(rightCredentials);
    expect((await open().keeper.status()).loginsInWindow).toBe(2);
  });

  it.each([
    ['quarantine, twice', { firstMs: minutes, maxMs: 60 * minutes }, { max: 10, windowMs: minutes }, 120 * minutes],
    ['login window', { firstMs: 1, maxMs: minutes }, { max: 10, windowMs: 60 * minutes }, 60 * minutes],
  ])('is kept for as long as the longest %s', async (_, quarantine, budget, keptForMs) => {
    const { kept, open, clock } = openAccount();
    await open({ quarantine, loginBudget: budget }).tell(rightCredentials);
    expect(kept.ends).toEqual([clock.nowMs() + keptForMs]);
  });

  it('has nothing in it of denials that were cleared by hand', async () => {
    const { kept, open } = openAccount();
    const { keeper, tell } = open();
    await tell(wrong);
    await keeper.clearQuarantine();
    expect(await kept.book()).toMatchObject({ denials: [], logins: [expect.any(Number)] });
  });
});

describe('the logins of an account', () => {
  it('are told with their number, the window and the time of the next, as many as were spent by others', async () => {
    const { clock, kept, open } = openAccount();
    const now = clock.nowMs();
    await kept.put({ denials: [], logins: [now - 3000, now - 2000, now - 1000] });
    const { keeper } = open({ loginBudget: { max: 2, windowMs: 60_000 } });
    expect(await rejection(keeper.login())).toMatchObject({
      message: 'fake: 2 logins were spent within 60000 ms; the next is allowed at 2026-01-02T03:05:03.000Z',
      system: 'fake',
      untilMs: now + 58_000,
    });
  });

  it('are ten in ten minutes, and a denial holds for 61 minutes, unless a client is told otherwise', async () => {
    const service = createFakeService();
    const given = { loginBudget: DEFAULT_LOGIN_BUDGET, quarantine: DEFAULT_QUARANTINE };
    const { keeper, clock } = openKeeper(service, given);
    const begun = clock.nowMs();
    for (let n = 0; n < 10; n += 1) await keeper.login();
    expect(await rejection(keeper.login())).toMatchObject({ untilMs: begun + 10 * minutes });
    clock.advanceMs(10 * minutes);
    for (const heldMs of [61 * minutes, 122 * minutes, 244 * minutes, 488 * minutes, 976 * minutes, day, day]) {
      service.nextLoginFails = new LoginDeniedError('wrong', { system: 'fake' });
      await rejection(keeper.login());
      expect((await keeper.status()).quarantinedUntilMs).toBe(clock.nowMs() + heldMs);
      clock.advanceMs(heldMs);
    }
  });
});

describe('the denials of an account', () => {
  it.each([
    ['reason', { reason: 'WRONG', liftedBy: 'a new password' }, 'WRONG', '. What lets a login in: a new password'],
    ['code, where the service gave no reason', {}, 'ERR_LOGIN_DENIED', ''],
  ])('are told with their %s, since when and until when', async (_, details, why, how) => {
    const { open, service } = openAccount();
    const { keeper } = open();
    service.nextLoginFails = new LoginDeniedError('wrong', { system: 'fake', ...details });
    await rejection(keeper.get());
    const { message } = (await rejection(keeper.get())) as Error;
    expect(message).toBe(
      `fake refused these credentials (${why}) at 2026-01-02T03:04:05.000Z; they are not sent again until ` +
        `2026-01-02T04:05:05.000Z, unless they are changed or the quarantine is cleared${how}`,
    );
  });

  it('are remembered one by one, the eight latest of them', async () => {
    const { clock, kept, open, service } = openAccount();
    const { tell } = open();
    const tried = wrongs(1, 10);
    for (const credentials of tried) {
      clock.advanceMs(1);
      expect(await tell(credentials)).toBe('denied');
    }
    expect((await kept.book()).denials).toHaveLength(8);
    for (const credentials of tried.slice(2)) expect(await tell(credentials)).toBe('quarantined');
    expect(service.counts.logins).toBe(10);
    expect(await tell(wrongs(2, 1)[0] ?? wrong)).toBe('denied');
  });

  it('are kept for the others when one set works or is denied again', async () => {
    const { clock, kept, open, service } = openAccount();
    const { tell } = open({ quarantine: { firstMs: minutes, maxMs: day } });
    const [a, b, c] = [wrong, { ...wrong, password: 'b' }, { ...wrong, password: 'c' }];
    for (const credentials of [a, b, c]) await tell(credentials);
    clock.advanceMs(minutes);
    expect(await tell(b)).toBe('denied');
    expect((await kept.book()).denials.map(({ times }) => times)).toEqual([1, 1, 2]);
    expect(await tell(b)).toBe('quarantined');
    service.password = a.password;
    expect(await tell(a)).toBe('in');
    expect((await kept.book()).denials.map(({ times }) => times)).toEqual([1, 2]);
    expect(await tell(b)).toBe('quarantined');
  });

  it.each([
    ['doubles until the quarantine is over by a day', -1, 2],
    ['begins anew from then on', 0, 1],
  ])('%s', async (_, fromThenMs, times) => {
    const { clock, kept, open } = openAccount();
    const { tell } = open({ quarantine: { firstMs: minutes, maxMs: day } });
    await tell(wrong);
    clock.advanceMs(minutes + day + fromThenMs);
    expect(await tell(wrong)).toBe('denied');
    expect((await kept.book()).denials.map((denial) => denial.times)).toEqual([times]);
  });

  it('are no quarantine any more to the status from the very millisecond on', async () => {
    const { clock, open } = openAccount();
    const { keeper, tell } = open();
    await tell(wrong);
    clock.advanceMs(61 * minutes - 1);
    expect((await keeper.status()).quarantinedUntilMs).toBe(clock.nowMs() + 1);
    clock.advanceMs(1);
    expect((await keeper.status()).quarantinedUntilMs).toBeNull();
  });
});

/** The book with its only denial changed. */
function withDenial(book: StoredBook, changed: object): object {
  return { ...book, denials: book.denials.map((denial) => ({ ...denial, ...changed })) };
}

/** A text in place of a number, and the other way round. */
function swapped(book: StoredBook, field: 'fingerprint' | 'code' | 'sinceMs' | 'untilMs' | 'times'): string | number {
  const value = book.denials[0]?.[field];
  return typeof value === 'string' ? 7 : String(value);
}
