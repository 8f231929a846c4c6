import type { SystemName } from '../../sandbox/systems.ts';

/** A setting that some systems take besides address and user. */
export type ExtraName = 'currentApp' | 'accountId' | 'entityId' | 'entityName';

/** One way to log in: the names of who and of the secret, as the system's client calls them. */
export interface CredentialForm {
  readonly user: string;
  readonly secret: string;
  /** What a person calls them. */
  readonly userLabel: string;
  readonly secretLabel: string;
  /** Whether a user is of this form, where there is more than one. */
  fits(user: string): boolean;
}

/** What the command line knows of a system. */
export interface CliSystem {
  readonly name: SystemName;
  /** The name that people know it by. */
  readonly title: string;
  readonly forms: readonly [CredentialForm, ...CredentialForm[]];
  readonly extras: readonly ExtraName[];
  /** Extras that the client cannot do without. */
  readonly required: readonly ExtraName[];
  /** Extras that sessions are kept apart by; the others go with calls, and one session is for all of them. */
  readonly apart: readonly ExtraName[];
  /** Such a base URL, for prompts and messages. */
  readonly exampleUrl: string;
  /** Whether its users may have one-time codes. */
  readonly hasTotp: boolean;
}

const always = (): boolean => true;
const isEmail = (user: string): boolean => user.includes('@');

/** The systems, by name. */
export const cliSystems: Readonly<Record<SystemName, CliSystem>> = {
  'zuora-rest': {
    name: 'zuora-rest',
    title: 'Zuora REST',
    forms: [
      {
        user: 'apiAccessKeyId',
        secret: 'apiSecretAccessKey',
        userLabel: 'user name (apiAccessKeyId)',
        secretLabel: 'password (apiSecretAccessKey)',
        fits: always,
      },
    ],
    extras: ['entityId', 'entityName'],
    required: [],
    apart: ['entityId', 'entityName'],
    exampleUrl: 'https://rest.na.zuora.com',
    hasTotp: false,
  },
  'zuora-soap': {
    name: 'zuora-soap',
    title: 'Zuora SOAP',
    forms: [{ user: 'username', secret: 'password', userLabel: 'user name', secretLabel: 'password', fits: always }],
    extras: ['entityId', 'entityName'],
    required: [],
    apart: ['entityId', 'entityName'],
    exampleUrl: 'https://www.zuora.com/apps/services/a/91.0',
    hasTotp: false,
  },
  'zato-sso': {
    name: 'zato-sso',
    title: 'Zato SSO',
    forms: [{ user: 'username', secret: 'password', userLabel: 'user name', secretLabel: 'password', fits: always }],
    extras: ['currentApp'],
    required: ['currentApp'],
    apart: [],
    exampleUrl: 'https://sso.example.com',
    hasTotp: true,
  },
  'pulse-crm': {
    name: 'pulse-crm',
    title: 'Pulse CRM',
    forms: [
      {
        user: 'apiKey',
        secret: 'apiSecret',
        userLabel: 'API key',
        secretLabel: 'API secret',
        fits: (user) => !isEmail(user),
      },
      { user: 'email', secret: 'password', userLabel: 'email address', secretLabel: 'password', fits: isEmail },
    ],
    extras: ['accountId'],
    required: [],
    apart: [],
    exampleUrl: 'https://crm.example.com',
    hasTotp: false,
  },
};

/** The form of a user's credentials. */
export function formOf({ forms }: CliSystem, user: string): CredentialForm {
  return forms.find(({ fits }) => fits(user)) ?? forms[0];
}

const NOUNS: Readonly<Record<ExtraName, string>> = {
  currentApp: 'application',
  accountId: 'account',
  entityId: 'entity',
  entityName: 'entity',
};

/** What an extra is of, for people: "application CRM". */
export function nounOf(name: ExtraName): string {
  return NOUNS[name];
}

/** What calls say that a session is not kept apart by, among what is given: "application". */
export function sharedNounOf({ extras, apart }: CliSystem, given: object): string | undefined {
  const shared = extras.find((name) => name in given && !apart.includes(name));
  return shared && NOUNS[shared];
}

/** Where a system is by its spec, if that says it: a WSDL does. */
export function specAddressOf({ name, exampleUrl }: CliSystem): string | undefined {
  return name === 'zuora-soap' ? exampleUrl : undefined;
}

const extraNames: readonly ExtraName[] = ['currentApp', 'accountId', 'entityId', 'entityName'];

/** The setting of another system that is given, if one is. */
export function foreignExtra(system: CliSystem, given: Partial<Record<ExtraName, string>>): ExtraName | undefined {
  return extraNames.find((name) => given[name] !== undefined && !system.extras.includes(name));
}

/** The environment variable of a system's setting: `LATCHKEY_PULSE_CRM_API_KEY`. */
export function variableOf(system: string, name: string): string {
  const snake = name.replaceAll(/[A-Z]/g, (letter) => `_${letter}`);
  return `LATCHKEY_${system.replaceAll('-', '_')}_${snake}`.toUpperCase();
}

/** The flag of a setting: `--base-url`. */
export function flagOf(name: string): string {
  return `--${name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}
