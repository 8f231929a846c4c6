/** The generator was asked for what it cannot do: an unknown option, or a folder without specs. */
export class UsageError extends TypeError {
  override readonly name = 'UsageError';
  readonly code = 'ERR_USAGE';
}
