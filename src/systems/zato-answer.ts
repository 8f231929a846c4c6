/** What can be told from any answer of Zato's, whatever its shape. */
export interface ZatoAnswer {
  /** `ok`, `warning` or `error`; `undefined` for answers that are not the SSO layer's. */
  readonly status: string | undefined;
  readonly codes: readonly string[];
  readonly cid: string | undefined;
  /** Whether it is a system error that tells nothing but a correlation id. */
  readonly isBare: boolean;
}

/** Reads status, sub-status and correlation id. Never reads `details`: they can hold the server's internals. */
export function readZatoAnswer({ json }: { readonly json: unknown }): ZatoAnswer {
  const body: Partial<Record<string, unknown>> = typeof json === 'object' && json !== null ? { ...json } : {};
  const { status, sub_status, cid, result } = body;
  return {
    status: typeof status === 'string' ? status : undefined,
    codes: Array.isArray(sub_status) ? sub_status.filter((code) => typeof code === 'string') : [],
    cid: typeof cid === 'string' ? cid : undefined,
    isBare: result === 'Error' && !('details' in body),
  };
}
