/** Somebody known to the Zato twin. */
export interface ZatoUser {
  readonly username: string;
  password: string;
  readonly isSuperUser: boolean;
  approvalStatus: 'approved' | 'before_decision' | 'rejected';
  signUpStatus: 'final' | 'before_confirmation';
  isLocked: boolean;
  /** Base32 seed of the one-time codes; without one, no code can be right. */
  totpKey: string | null;
  isTotpEnabled: boolean;
  totpLabel: string | null;
  mustChangePassword: boolean;
  /** Counted from the start of the sandbox; negative when it has expired already. */
  passwordExpiresInDays: number;
  email: string | null;
  displayName: string | null;
  firstName: string | null;
  middleName: string | null;
  lastName: string | null;
}

function zatoUser(username: string, password: string, more: Partial<ZatoUser> = {}): ZatoUser {
  return {
    username,
    password,
    isSuperUser: false,
    approvalStatus: 'approved',
    signUpStatus: 'final',
    isLocked: false,
    totpKey: null,
    isTotpEnabled: false,
    totpLabel: null,
    mustChangePassword: false,
    passwordExpiresInDays: 730,
    email: `${username}@zato.example.test`,
    displayName: null,
    firstName: null,
    middleName: null,
    lastName: null,
    ...more,
  };
}

/** The Zato users of a sandbox that was given none; `user1` has the password of the vendor's own sample. */
export const defaultZatoUsers: readonly ZatoUser[] = [
  zatoUser('user1', 'SD:n25a9-?Z8e-49bQ  D%', { firstName: 'Ada', lastName: 'Example' }),
  zatoUser('superuser1', 'superuser1-Pa55-phrase', { isSuperUser: true }),
  zatoUser('totp-user', 'totp-user-Pa55-phrase', {
    totpKey: 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP',
    isTotpEnabled: true,
    totpLabel: 'sandbox',
  }),
  zatoUser('change-me', 'change-me-Pa55-phrase', { mustChangePassword: true }),
  zatoUser('expiring', 'expiring-Pa55-phrase', { passwordExpiresInDays: 10 }),
  zatoUser('expired', 'expired-Pa55-phrase', { passwordExpiresInDays: -1 }),
  zatoUser('locked', 'locked-Pa55-phrase', { isLocked: true }),
  zatoUser('unapproved', 'unapproved-Pa55-phrase', { approvalStatus: 'before_decision' }),
  zatoUser('unconfirmed', 'unconfirmed-Pa55-phrase', { signUpStatus: 'before_confirmation' }),
];
