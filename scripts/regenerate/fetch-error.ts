/** A spec could not be had from its source. */
export class FetchError extends Error {
  override readonly name = 'FetchError';
  /** `ERR_SERVICE_UNREACHABLE` when the same may work later, `ERR_FETCH` when it will not. */
  readonly code: 'ERR_SERVICE_UNREACHABLE' | 'ERR_FETCH';

  constructor(message: string, options?: ErrorOptions & { readonly isPassing?: boolean }) {
    super(message, options);
    this.code = options?.isPassing === true ? 'ERR_SERVICE_UNREACHABLE' : 'ERR_FETCH';
  }
}
