import type { paths } from '../../generated/pulse-crm/types.ts';

/** The vendor's API beyond the spec, as a user would widen the client: one call that writes. */
export interface BenchPaths extends paths {
  '/contacts': {
    post: {
      requestBody: { content: { 'application/json': Contact } };
      responses: { 200: { content: { 'application/json': Contact & { id: number } } } };
    };
  };
}

/** What the writing call sends. */
export interface Contact {
  readonly name: string;
  readonly email: string;
  readonly phone: string;
  readonly tags: readonly string[];
  readonly note: string;
}

export const API_KEY = { apiKey: 'apiKey-bench-7d2f90c4', apiSecret: 'not-a-real-secret-5c1e' };
export const TOKEN = 'bench-token-3f9a61c0d27b48e5a1f0';
export const ACCOUNT_ID = 'acct-20417';

/** 200 bytes of JSON. */
export const CONTACT: Contact = {
  name: 'Charles Whitby Harrington',
  email: 'charles.whitby@harbor-foods.test',
  phone: '+1 555 0117',
  tags: ['wholesale', 'north-east', 'priority'],
  note: 'Call on Mondays before noon; ask for crates.',
};

const account = {
  accountName: 'Harbor Foods',
  accountId: ACCOUNT_ID,
  usersPrimaryAccount: true,
  accountAdmin: false,
  id: ACCOUNT_ID,
  uniqueId: 'harbor-foods-20417',
  name: 'Harbor Foods',
  repcode: 'HF01',
  customerServicePhone: '+1 555 0100',
  customerServiceEmail: 'help@harbor-foods.test',
  whitelabelSettings: {},
  permissions: ['contacts.read', 'contacts.write'],
  roles: ['sales'],
};

/** What the login and `GET /auth/session` answer: about 1.2 kB of JSON. */
export const USER = {
  id: 48213,
  email: 'ada.byron@harbor-foods.test',
  createdBy: 'system',
  updatedBy: 'ada.byron@harbor-foods.test',
  createdAt: '2024-03-18T09:42:11.000Z',
  updatedAt: '2026-10-02T16:05:37.000Z',
  primaryAccount: account,
  accounts: [
    account,
    {
      accountName: 'Harbor Foods East',
      accountId: 'acct-20418',
      usersPrimaryAccount: false,
      accountAdmin: true,
      id: 'acct-20418',
      name: 'Harbor Foods East',
    },
  ],
  flatRolesList: ['sales'],
  flatPermissionsList: ['contacts.read', 'contacts.write'],
  token: TOKEN,
};

/** What the writing call answers. */
export const SAVED = { id: 90_417, ...CONTACT };
