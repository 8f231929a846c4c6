import type { CallOutcome, Denial } from './outcomes.ts';

/** What is looked at in Pulse's answers: their bodies are not documented. */
interface PulseSignal {
  readonly status: number;
}

export const pulseLogins: readonly Denial<PulseSignal>[] = [
  {
    signal: '401, whatever its body',
    matches: ({ status }) => status === 401,
    error: 'LoginDeniedError',
    isRemembered: true,
    liftedBy: 'other credentials',
    says: 'the API key or password',
  },
];

export const pulseCalls: readonly CallOutcome<PulseSignal>[] = [
  { signal: '401', matches: ({ status }) => status === 401, verdict: 'refused' },
  { signal: '403, which is about permission', matches: ({ status }) => status === 403, verdict: 'accepted' },
];
