import { type Twin, userScenario } from './twin.ts';
import { dayMs, type ZatoService } from './zato-service.ts';

/** What an administrator or the passing of time can do to one user. */
export function zatoScenarios(service: ZatoService): Twin['scenarios'] {
  const { accounts } = service;
  return {
    'totp-on': userScenario(accounts, (account, args) => {
      account.totpKey = args.text('key', account.totpKey ?? 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP');
      account.isTotpEnabled = true;
      return { key: account.totpKey };
    }),
    'totp-off': userScenario(accounts, (account) => {
      account.isTotpEnabled = false;
      return {};
    }),
    'must-change-password': userScenario(accounts, (account, args) => {
      account.mustChangePassword = args.flag('on', true);
      return {};
    }),
    'password-about-to-expire': userScenario(accounts, (account, args) => {
      const days = args.number('days', { min: 0, fallback: 10 });
      account.passwordExpiresAtMs = service.nowMs() + days * dayMs;
      return { days };
    }),
    'password-expired': userScenario(accounts, (account) => {
      account.passwordExpiresAtMs = service.nowMs();
      return {};
    }),
    'change-password': userScenario(accounts, (account, args) => {
      service.setPassword(account, args.text('password'));
      return {};
    }),
    'lock-account': userScenario(accounts, (account) => {
      account.isLocked = true;
      return {};
    }),
    'unlock-account': userScenario(accounts, (account) => {
      account.isLocked = false;
      return {};
    }),
    'set-approval': userScenario(accounts, (account, args) => {
      account.approvalStatus = args.choice('status', ['approved', 'before_decision', 'rejected'], 'approved');
      return {};
    }),
  };
}
