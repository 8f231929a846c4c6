/** The login APIs that the sandbox plays. */
export const systemNames = ['zuora-rest', 'zuora-soap', 'zato-sso', 'pulse-crm'] as const;

export type SystemName = (typeof systemNames)[number];

export function isSystemName(value: string): value is SystemName {
  return (systemNames as readonly string[]).includes(value);
}

/** A `TypeError` that carries a `code`, for arguments that the sandbox cannot take. */
export function badArgument(code: string, message: string): TypeError & { code: string } {
  return Object.assign(new TypeError(message), { code });
}
