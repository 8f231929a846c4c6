import { scryptSync } from 'node:crypto';
import { getEventListeners } from 'node:events';
import { describe, expect, it } from 'vitest';
import { StoreError } from '../../src/errors.ts';
import type { EventBody } from '../../src/events.ts';
import { Fingerprinter } from '../../src/keeper/fingerprint.ts';
import { GuardedStore } from '../../src/keeper/store-guard.ts';
import { StoreHealth } from '../../src/keeper/store-health.ts';
import { abortable } from '../../src/keeper/waiting.ts';
import { createRedactor } from '../../src/redact.ts';
import { createMemoryStore } from '../../src/stores/memory.ts';
import type { SessionStore } from '../../src/stores/store.ts';
import { createGate, rejection, settle } from '../helpers/waiting.ts';

const right = ['ada', 'right-password'];
const wrong = ['ada', 'wrong-password'];

function withoutDigest(): SessionStore {
  const { digest: _, ...store } = createMemoryStore();
  return store;
}

const fingerprinter = (store: SessionStore): Fingerprinter => new Fingerprinter(new GuardedStore(store, 1000));

describe('a fingerprint of credentials', () => {
  it('for a store that cannot digest is scrypt’s, with the salt in it: other processes know it again', async () => {
    const salt = Buffer.from('sixteen bytes it');
    const cost = { N: 32_768, r: 8, p: 1, maxmem: 67_108_864 };
    const hash = scryptSync(JSON.stringify(right), salt, 32, cost).toString('base64url');
    const made = `s1.${salt.toString('base64url')}.${hash}`;
    expect(await fingerprinter(withoutDigest()).matches(made, right)).toBe(true);
    expect(await fingerprinter(withoutDigest()).matches(made, wrong)).toBe(false);
    expect(await fingerprinter(withoutDigest()).of(right)).toMatch(/^s1\.[\w-]{22}\.[\w-]{43}$/);
  });

  it('is made once for each set of credentials, as it takes a while', async () => {
    const prints = fingerprinter(withoutDigest());
    const [ofRight, ofWrong] = await Promise.all([prints.of(right), prints.of(wrong)]);
    expect(ofRight).not.toBe(ofWrong);
    const told: boolean[] = [];
    for (const parts of [right, wrong]) prints.matches(ofRight, parts).then((isIt) => told.push(isIt));
    await settle();
    expect(told).toEqual([true, false]);
  });

  it('that a store has digested is none of a store that cannot', async () => {
    const made = await fingerprinter(createMemoryStore()).of(right);
    expect(made).toMatch(/^k1\./);
    expect(await fingerprinter(withoutDigest()).matches(made, right)).toBe(false);
    expect(await fingerprinter(withoutDigest()).matches('k1.undefined', right)).toBe(false);
  });

  it.each(['', 'k1', 's1', 's1.', 's1..', 'text', 'k1.'])('is not %j', async (text) => {
    expect(await fingerprinter(createMemoryStore()).matches(text, right)).toBe(false);
  });
});

describe('a wait with a signal', () => {
  it('that has fired before ends at once, and what the promise comes to ends no process', async () => {
    const gate = createGate();
    const waiting = abortable(gate.passed, AbortSignal.abort('too late'));
    expect(await rejection(waiting)).toBe('too late');
    const failing = Promise.reject(new Error('nobody waits for it'));
    expect(await rejection(abortable(failing, AbortSignal.abort('too late')))).toBe('too late');
    await settle();
  });

  it('ends with its reason when it fires, and leaves no listener behind in any case', async () => {
    const controller = new AbortController();
    const { signal } = controller;
    const gate = createGate();
    const [stopped, done] = [abortable(gate.passed, signal), abortable(Promise.resolve('done'), signal)];
    expect(getEventListeners(signal, 'abort')).toHaveLength(2);
    expect(await done).toBe('done');
    await settle();
    expect(getEventListeners(signal, 'abort')).toHaveLength(1);
    controller.abort('enough');
    expect(await rejection(stopped)).toBe('enough');
    expect(getEventListeners(signal, 'abort')).toHaveLength(0);
  });
});

describe('what a store threw', () => {
  function watched() {
    const told: EventBody[] = [];
    const redactor = createRedactor();
    redactor.hideForGood('right-password');
    const health = new StoreHealth({ source: { system: 'fake' }, redactor, report: (event) => told.push(event) });
    return { health, told };
  }

  it('that is none of our errors is told as a failed store, with its own words masked behind that', () => {
    const { health, told } = watched();
    health.failed(new Error('cannot write right-password'));
    const [event] = told;
    expect(event).toMatchObject({ type: 'warning', code: 'store-failed', message: 'The session store failed' });
    expect(event).toMatchObject({ error: { reason: 'unavailable', system: 'fake', code: 'ERR_STORE' } });
    const cause = event?.type === 'warning' ? event.error?.cause : undefined;
    expect(cause).toMatchObject({ message: expect.stringMatching(/^cannot write (?!right-password)/) });
    expect(health.failure).toBe('The session store failed');
  });

  it('keeps message, reason and cause of an error of ours, and has no cause where that has none', () => {
    const { health } = watched();
    const inner = new StoreError('The disk is full', { reason: 'unreadable' });
    const outer = health.errorOf(new StoreError('The store is down', { reason: 'busy', cause: inner }));
    expect(outer).toMatchObject({ message: 'The store is down', reason: 'busy', system: 'fake' });
    expect(outer.cause).toMatchObject({ message: 'The disk is full', reason: 'unreadable', system: 'fake' });
    expect(outer.cause).not.toHaveProperty('cause');
  });
});
