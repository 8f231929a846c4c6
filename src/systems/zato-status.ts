import type { components } from '../../generated/zato-sso/types.ts';

/** The status codes that Zato documents. Services may send others. */
export type ZatoStatusCode = components['schemas']['KnownStatusCode'];

/** Each documented status code's name, as Zato calls it. */
export const zatoStatusNames: Readonly<Record<ZatoStatusCode, string>> = {
  E001001: 'username.invalid',
  E001002: 'username.exists',
  E001003: 'username.too_long',
  E001004: 'username.has_whitespace',
  E001100: 'user_id.invalid',
  E002001: 'email.invalid',
  E002002: 'email.exists',
  E002003: 'email.too_long',
  E002004: 'email.has_whitespace',
  E002005: 'email.missing',
  E003001: 'password.invalid',
  E003002: 'password.too_short',
  E003003: 'password.too_long',
  E003004: 'password.expired',
  W003005: 'password.w_about_to_exp',
  E003006: 'password.e_about_to_exp',
  E003007: 'password.must_send_new',
  E003008: 'password.not_complex_enough',
  E004001: 'app_list.invalid',
  E004002: 'app_list.no_signup',
  E005001: 'auth.not_allowed',
  E005002: 'auth.locked',
  E005003: 'auth.invalid_signup_status',
  E005004: 'auth.not_approved',
  E005005: 'auth.super_user_required',
  E005006: 'auth.no_such_sign_up_token',
  E005007: 'auth.sign_up_confirmed',
  E005008: 'auth.totp_missing',
  E006001: 'metadata.not_allowed',
  E007001: 'session.no_such_session',
  E007002: 'session.expired',
  E008001: 'common.invalid_operation',
  E008002: 'common.invalid_input',
  E008003: 'common.missing_input',
  E008004: 'common.internal_error',
  E009001: 'attr.already_exists',
  E009002: 'attr.no_such_attr',
  E010001: 'password_reset.could_not_access',
};

/** The name of a status code, or `undefined` for one that is not documented. */
export function zatoStatusName(code: string): string | undefined {
  return Object.hasOwn(zatoStatusNames, code) ? zatoStatusNames[code as ZatoStatusCode] : undefined; // hasOwn has just said so
}
