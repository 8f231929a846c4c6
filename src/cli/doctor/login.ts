import { DEFAULT_LOGIN_BUDGET } from '../../keeper/account-ledger.ts';
import { durationText, lifeText } from '../life.ts';
import { openSession } from '../open-session.ts';
import type { VerbIo } from '../outcome.ts';
import type { SessionFlags } from '../session-flags.ts';
import { type Check, failed, ok, reasonOf, warning } from './check.ts';
import { checkService } from './service.ts';
import { adviceFor, checkOwnStore, checkStore } from './store.ts';

/** The service, the store and the account of one login. */
export async function checkLogin(system: string | undefined, flags: SessionFlags, io: VerbIo): Promise<Check[]> {
  // What would be told on the way is told by the checks.
  const quiet = { ...io, note: () => {} };
  let session: Awaited<ReturnType<typeof openSession>>;
  try {
    session = await openSession(system, { ...flags, input: false }, quiet);
  } catch (error) {
    return [failed('settings', `${reasonOf(error)}.`, adviceFor(error)), ...(await checkOwnStore(flags.store))];
  }
  await using opened = session;
  const { settings, client, store } = opened;
  const where = settings.baseUrl;
  const lookAtStore = async () => {
    const checks = await checkStore(settings.store, store);
    return [checks, await client.session.status({ signal: io.signal })] as const;
  };
  const [ofService, [ofStore, status]] = await Promise.all([checkService(where, io.signal), lookAtStore()]);
  const isTold = ofStore.some(({ state }) => state === 'failed');
  return [
    ok('settings', `${settings.system.name} as ${settings.user} at ${where}.`),
    ...ofService,
    ...ofStore,
    ...(status.storeFailure === null || isTold
      ? []
      : [failed('store-use', `${status.storeFailure}.`, 'Until that is mended, each program logs in for itself.')]),
    quarantine(status.quarantinedUntilMs),
    budget(status),
  ];
}

function quarantine(untilMs: number | null): Check {
  if (untilMs === null) return ok('quarantine', 'No credentials are in quarantine.');
  const text = `Refused credentials are not sent ${lifeText(untilMs)}.`;
  return warning('quarantine', text, 'Use the right ones, or latchkey auth logout --clear-quarantine.');
}

interface Spent {
  readonly loginsInWindow: number;
  readonly loginsInLastHour: number;
}

/** The command's clients have the login budget that is the package's own. */
function budget({ loginsInWindow, loginsInLastHour }: Spent): Check {
  const { max, windowMs } = DEFAULT_LOGIN_BUDGET;
  const within = `in ${durationText(windowMs)}`;
  if (loginsInWindow >= max) {
    const text = `${loginsInWindow} logins ${within}: no more are made for now.`;
    return warning('budget', text, 'Look for what logs in so often.');
  }
  const text = `${loginsInWindow} of ${max} logins ${within} are spent, ${loginsInLastHour} in the last hour.`;
  return ok('budget', text);
}
