import { mostDays } from './bounds.ts';
import { type Twin, userScenario } from './twin.ts';
import { dayMs, type ZatoAccount, type ZatoService } from './zato-service.ts';

const sampleTotpKey = 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP';

/** What an administrator or the passing of time can do to one user. */
export function zatoScenarios(service: ZatoService): Twin['scenarios'] {
  const { accounts } = service;
  const set = (changes: Partial<ZatoAccount>) =>
    userScenario(accounts, (account) => () => {
      Object.assign(account, changes);
      return {};
    });
  return {
    'totp-on': userScenario(accounts, (account, args) => {
      const totpKey = args.text('key', account.totpKey ?? sampleTotpKey);
      return () => {
        Object.assign(account, { totpKey, isTotpEnabled: true });
        return { key: totpKey };
      };
    }),
    'totp-off': set({ isTotpEnabled: false }),
    'must-change-password': userScenario(accounts, (account, args) => {
      const on = args.flag('on', true);
      return () => {
        account.mustChangePassword = on;
        return { on };
      };
    }),
    'password-about-to-expire': userScenario(accounts, (account, args) => {
      const days = args.number('days', { min: 0, max: mostDays, fallback: 10 });
      return () => {
        account.passwordExpiresAtMs = service.nowMs() + days * dayMs;
        return { days };
      };
    }),
    'password-expired': userScenario(accounts, (account) => () => {
      account.passwordExpiresAtMs = service.nowMs();
      return {};
    }),
    'change-password': userScenario(accounts, (account, args) => {
      const password = args.text('password');
      return () => {
        service.setPassword(account, password);
        return {};
      };
    }),
    'lock-account': set({ isLocked: true }),
    'unlock-account': set({ isLocked: false }),
    'set-approval': userScenario(accounts, (account, args) => {
      const status = args.choice('status', ['approved', 'before_decision', 'rejected'], 'approved');
      return () => {
        account.approvalStatus = status;
        return { status };
      };
    }),
  };
}
