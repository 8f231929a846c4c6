import { describe, expect, it } from 'vitest';
import { LoginQuarantinedError, PasswordExpiredError } from '../../src/errors.ts';
import { createMemoryStore } from '../../src/stores/memory.ts';
import { createFakeService, openKeeper } from '../helpers/fake-service.ts';
import { rejection } from '../helpers/waiting.ts';

const wrong = { user: 'ada', password: 'wrong-password' };
const shown = ' until 2026-01-02T04:05:05.000Z, unless they are changed or the quarantine is cleared';

/** A store that gives the account's record changed, and the rest as it is. */
function withRecordsChanged(store: ReturnType<typeof createMemoryStore>, change: (record: string) => string) {
  const read = async (key: string) => {
    const record = await store.read(key);
    return record !== null && key.startsWith('account-') ? change(record) : record;
  };
  return { ...store, read };
}

describe('what lifts a quarantine', () => {
  it('is told with the denial, and rests with it in the store for others', async () => {
    const service = createFakeService();
    const store = createMemoryStore();
    service.nextLoginFails = new PasswordExpiredError('x', { reason: 'OLD', liftedBy: 'a new password' });
    const denied = await rejection(openKeeper(service, { store, credentials: wrong }).keeper.get());
    expect(denied).toMatchObject({ isRemembered: true, liftedBy: 'a new password' });
    const error = await rejection(openKeeper(service, { store, credentials: wrong }).keeper.get());
    expect(error).toBeInstanceOf(LoginQuarantinedError);
    expect(error).toMatchObject({ liftedBy: 'a new password', reason: 'OLD' });
    expect(String(error)).toContain(`${shown}. What lets a login in: a new password`);
    expect(JSON.parse(JSON.stringify(error))).toMatchObject({ liftedBy: 'a new password' });
    expect(service.counts.logins).toBe(1);
  });

  it('is other credentials where the record is of a version that did not tell', async () => {
    const service = createFakeService();
    const store = createMemoryStore();
    service.nextLoginFails = new PasswordExpiredError('x', { reason: 'OLD', liftedBy: 'a new password' });
    await rejection(openKeeper(service, { store, credentials: wrong }).keeper.get());
    const older = withRecordsChanged(store, (record) => record.replace('"liftedBy":"a new password",', ''));
    const error = await rejection(openKeeper(service, { store: older, credentials: wrong }).keeper.get());
    expect(error).toBeInstanceOf(LoginQuarantinedError);
    expect(error).toMatchObject({ liftedBy: 'other credentials', reason: 'OLD' });
    expect(String(error)).toMatch(new RegExp(`${shown.replaceAll('.', '\\.')}$`));
    expect(service.counts.logins).toBe(1);
  });

  it('is a text: a record that has something else there is none', async () => {
    const service = createFakeService();
    const store = createMemoryStore();
    service.nextLoginFails = new PasswordExpiredError('x', { liftedBy: 'a new password' });
    await rejection(openKeeper(service, { store, credentials: wrong }).keeper.get());
    const damaged = withRecordsChanged(store, (record) => record.replace('"a new password"', '{"toString":7}'));
    const error = await rejection(openKeeper(service, { store: damaged, credentials: wrong }).keeper.get());
    expect(error).toMatchObject({ code: 'ERR_LOGIN_DENIED', reason: 'WRONG' });
    expect(service.counts.logins).toBe(2);
  });
});
