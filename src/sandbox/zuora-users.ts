/** Somebody who can log in to the Zuora twins; one tenant, so the same users for REST and SOAP. */
export interface ZuoraUser {
  readonly username: string;
  password: string;
  /** Entities the user may use; the first is where the user was created. */
  readonly entities: readonly ZuoraEntity[];
  /** Whether the account was ever used in the UI, so that its password ages. @default false */
  isUsedInUi?: boolean;
}

export interface ZuoraEntity {
  readonly id: string;
  readonly name: string;
}

const globalEntity: ZuoraEntity = { id: '1', name: 'Global' };
const sampleEntity: ZuoraEntity = { id: '6337', name: 'Example Entity' };

/** The Zuora users of a sandbox that was given none: those of the vendor's own samples. */
export const defaultZuoraUsers: readonly ZuoraUser[] = [
  { username: 'username@company.com', password: 'password', entities: [globalEntity, sampleEntity] },
  { username: 'username@zuora.com', password: 'password', entities: [globalEntity, sampleEntity] },
  { username: 'single@company.com', password: 'password', entities: [globalEntity] },
];
