import { X509Certificate } from 'node:crypto';
import { contracts } from '../contract/contracts.ts';
import type { ContractSystem, ContractTarget, ContractValue, SteerStep } from '../contract/index.ts';
import { badArgument } from '../errors.ts';
import {
  createSandbox,
  defaultPulseUsers,
  defaultZatoUsers,
  defaultZuoraUsers,
  type SystemName,
} from '../sandbox/index.ts';
import { totpAt } from '../systems/totp.ts';
import { checkBaseUrl } from '../transport/origins.ts';
import { fetchTrusting, trustedBeside } from './https-fetch.ts';

/** The values that scenarios need, by name. */
type TargetValues = Readonly<Record<string, ContractValue>>;

/** A target with the values that log in there. */
export interface OpenTarget extends AsyncDisposable {
  readonly target: ContractTarget;
  readonly values: TargetValues;
}

/** What logs in to a sandbox that was given no users. */
function sandboxValues(system: ContractSystem, nowMs: () => number): TargetValues {
  switch (system) {
    case 'zuora-rest':
    case 'zuora-soap': {
      const { username, password, entities } = find(defaultZuoraUsers, (user) => user.entities.length > 1);
      if (system === 'zuora-soap') return { username, password };
      return { apiAccessKeyId: username, apiSecretAccessKey: password, entityId: find(entities, isSecond).id };
    }
    case 'zato-sso': {
      const plain = find(defaultZatoUsers, (user) => !user.isSuperUser && !user.isTotpEnabled);
      const superUser = find(defaultZatoUsers, (user) => user.isSuperUser);
      const totpUser = find(defaultZatoUsers, (user) => user.isTotpEnabled);
      return {
        username: plain.username,
        password: plain.password,
        currentApp: 'CRM',
        superUsername: superUser.username,
        superPassword: superUser.password,
        totpUsername: totpUser.username,
        totpPassword: totpUser.password,
        totp: () => totpAt(totpUser.totpKey ?? '', nowMs()),
      };
    }
    case 'pulse-crm': {
      const { apiKey, apiSecret, email, password, accounts } = find(
        defaultPulseUsers,
        (user) => user.accounts.length > 1,
      );
      return { apiKey, apiSecret, email, password, accountId: find(accounts, isSecond).accountId };
    }
  }
}

const isSecond = (_: unknown, index: number): boolean => index === 1;

function find<T>(list: readonly T[], isWanted: (item: T, index: number) => boolean): T {
  const found = list.find(isWanted);
  if (found === undefined) throw new Error('the sandbox has nobody like this');
  return found;
}

/** Opens the sandbox for one system: in process, over HTTP, or over HTTPS with a certificate that it makes. */
export async function openSandboxTarget(
  system: ContractSystem,
  over: 'process' | 'http' | 'https',
): Promise<OpenTarget> {
  const sandbox = createSandbox();
  const values = sandboxValues(system, () => sandbox.clock.nowMs());
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
    target: {
      kind: 'sandbox',
      baseUrl,
      fetch: senderTrusting(server.ca),
      steer,
    },
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
 * A service at an address.
 * @param ca the authority of its certificate as PEM, besides those that Node trusts
 * @throws TypeError with code `ERR_BASE_URL`, `ERR_INSECURE_URL`, or `ERR_USAGE` for an authority that is none, or that plain http has no use for
 */
export function liveTarget(
  address: string,
  env: Readonly<Record<string, string | undefined>>,
  ca: string | undefined,
): ContractTarget {
  const baseUrl = checkBaseUrl(address, false, { baseUrl: 'the address of the service' });
  if (ca !== undefined) checkAuthority(ca, baseUrl);
  return { kind: 'live', baseUrl, fetch: senderTrusting(ca === undefined ? undefined : trustedBeside(ca, env)) };
}

function senderTrusting(authorities: string | readonly string[] | undefined): ContractTarget['fetch'] {
  return authorities === undefined ? (request) => fetch(request) : fetchTrusting(authorities);
}

function checkAuthority(ca: string, baseUrl: string): void {
  if (!baseUrl.startsWith('https:')) throw badArgument('ERR_USAGE', '--ca is for a service over https');
  try {
    new X509Certificate(ca);
  } catch {
    throw badArgument('ERR_USAGE', 'the file of --ca holds no certificate in PEM');
  }
}
