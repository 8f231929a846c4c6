import { contracts } from '../contract/contracts.ts';
import type { ContractSystem, ContractTarget, SteerStep } from '../contract/index.ts';
import { createSandbox, type SystemName } from '../sandbox/index.ts';
import { totpAt } from '../systems/totp.ts';
import { checkBaseUrl } from '../transport/origins.ts';
import { fetchTrusting } from './https-fetch.ts';

/** The values that scenarios need, by name. */
export type TargetValues = Readonly<Record<string, string | (() => string)>>;

/** A target with the values that log in there. */
export interface OpenTarget extends AsyncDisposable {
  readonly target: ContractTarget;
  readonly values: TargetValues;
}

/** What logs in to the sandbox: made up, and known to everybody. */
const SANDBOX_VALUES: Readonly<Record<ContractSystem, Readonly<Record<string, string>>>> = {
  'zuora-rest': { apiAccessKeyId: 'username@company.com', apiSecretAccessKey: 'password', entityId: '6337' },
  'zuora-soap': { username: 'username@company.com', password: 'password' },
  'zato-sso': {
    username: 'user1',
    password: 'SD:n25a9-?Z8e-49bQ  D%',
    currentApp: 'CRM',
    superUsername: 'superuser1',
    superPassword: 'superuser1-Pa55-phrase',
    totpUsername: 'totp-user',
    totpPassword: 'totp-user-Pa55-phrase',
  },
  'pulse-crm': {
    apiKey: 'apiKey-000000000001',
    apiSecret: 'secret-000000000001',
    email: 'ada@pulse.example.test',
    password: 'pulse-password-1',
    accountId: 'acct-0002',
  },
};
const SANDBOX_TOTP_KEY = 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP';

/** Opens the sandbox for one system: in process, over HTTP, or over HTTPS with a certificate that it makes. */
export async function openSandboxTarget(
  system: ContractSystem,
  over: 'process' | 'http' | 'https',
): Promise<OpenTarget> {
  const sandbox = createSandbox();
  const values = { ...SANDBOX_VALUES[system], totp: () => totpAt(SANDBOX_TOTP_KEY, sandbox.clock.nowMs()) };
  const steer = async (what: SteerStep['steer']): Promise<void> => {
    if ('advanceMs' in what) sandbox.clock.advanceMs(what.advanceMs);
    else sandbox.scenario(system, what.scenario, what.args ?? {});
  };
  if (over === 'process') {
    const baseUrl = sandbox.origins[system] + endpointOf(system);
    const target: ContractTarget = { kind: 'sandbox', baseUrl, fetch: (request) => sandbox.handle(request), steer };
    return { target, values, [Symbol.asyncDispose]: async () => {} };
  }
  const server = await sandbox.listen({ systems: [system], tls: over === 'https' });
  const baseUrl = server.url + endpointOf(system);
  return {
    target: { kind: 'sandbox', baseUrl, fetch: senderTrusting(server.ca), steer },
    values,
    [Symbol.asyncDispose]: () => server.close(),
  };
}

/** A SOAP service has one endpoint, whose path is in its WSDL. */
function endpointOf(system: SystemName): string {
  const contract = contracts[system];
  return contract.kind === 'soap' ? new URL(contract.service.location).pathname : '';
}

/**
 * A service at an address, with credentials from the environment.
 * @param ca the authority of its certificate as PEM, besides those that Node trusts
 * @throws TypeError with code `ERR_BASE_URL` or `ERR_INSECURE_URL`
 */
export function openLiveTarget(
  system: ContractSystem,
  address: string,
  names: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
  ca: string | undefined,
): OpenTarget {
  const baseUrl = checkBaseUrl(address, false);
  const values: Record<string, string | (() => string)> = {};
  for (const name of names) {
    const value = env[variableOf(system, name)];
    if (!value) continue;
    values[name] = name === 'totp' ? () => totpAt(value, Date.now()) : value;
  }
  const target: ContractTarget = { kind: 'live', baseUrl, fetch: senderTrusting(ca) };
  return { target, values, [Symbol.asyncDispose]: async () => {} };
}

function senderTrusting(ca: string | undefined): ContractTarget['fetch'] {
  return ca === undefined ? (request) => fetch(request) : fetchTrusting(ca);
}

/** The environment variable of a value: `LATCHKEY_PULSE_CRM_API_KEY`. One-time codes come from their key, `LATCHKEY_ZATO_SSO_TOTP_KEY`. */
export function variableOf(system: string, name: string): string {
  const snake = (name === 'totp' ? 'totpKey' : name).replaceAll(/[A-Z]/g, (letter) => `_${letter}`);
  return `LATCHKEY_${system.replaceAll('-', '_')}_${snake}`.toUpperCase();
}
