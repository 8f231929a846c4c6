/** Somebody who can log in to the Pulse twin, by API key or by e-mail and password. */
export interface PulseUser {
  readonly id: number;
  readonly username: string;
  readonly email: string;
  password: string;
  readonly apiKey: string;
  apiSecret: string;
  /** The first one is the primary account; none at all is allowed. */
  readonly accounts: readonly PulseUserAccount[];
}

export interface PulseUserAccount {
  readonly accountId: string;
  readonly accountName: string;
}

/** The Pulse users of a sandbox that was given none. All values are obviously made up. */
export const defaultPulseUsers: readonly PulseUser[] = [
  {
    id: 1001,
    username: 'ada@pulse.example.test',
    email: 'ada@pulse.example.test',
    password: 'pulse-password-1',
    apiKey: 'apiKey-000000000001',
    apiSecret: 'secret-000000000001',
    accounts: [
      { accountId: 'acct-0001', accountName: 'Example Test Account' },
      { accountId: 'acct-0002', accountName: 'Second Example Account' },
    ],
  },
  {
    id: 1002,
    username: 'nobody@pulse.example.test',
    email: 'nobody@pulse.example.test',
    password: 'pulse-password-2',
    apiKey: 'apiKey-000000000002',
    apiSecret: 'secret-000000000002',
    accounts: [],
  },
];
