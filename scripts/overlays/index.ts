import type { Position } from '../generate/openapi/positions.ts';
import { SpecError } from '../generate/spec-error.ts';
import type { OverlayAction, OverlayText } from './overlay-file.ts';
import { placeBefore } from './text-edits.ts';

export type { OverlayText } from './overlay-file.ts';

/** A spec and what is laid over it. */
export interface PatchInput {
  readonly kind: 'openapi' | 'wsdl';
  /** Name of the spec in messages. */
  readonly file: string;
  readonly text: string;
  /** Applied in order, each to what the ones before made. */
  readonly overlays: readonly OverlayText[];
  /**
   * Takes what is skipped because it finds nothing to work on: an overlay made for the next version of a spec may not fit the one before.
   * @default such an action is an error
   */
  readonly onSkip?: ((what: string) => void) | undefined;
}

/** A spec with its overlays applied. */
export interface PatchedSpec {
  readonly text: string;
  /** Makes an error about the patched text one about the vendor's file, which is the one that people have, and says what was laid over it. */
  explain(error: unknown): unknown;
}

/**
 * Lays overlays over a spec.
 * @throws SpecError that names overlay, line, action and spec
 */
export async function applyOverlays({ kind, file, text, overlays, onSkip }: PatchInput): Promise<PatchedSpec> {
  if (overlays.length === 0) return { text, explain: (error) => error };
  const skip = onSkip && ((action: OverlayAction): void => onSkip(action.fault('finds nothing', 'target').message));
  const names = overlays.map((overlay) => overlay.file).join(' and ');
  if (kind === 'openapi') {
    const { patchOpenApi } = await import('./openapi-overlay.ts');
    const { positionOf } = await import('../generate/openapi/positions.ts');
    return {
      text: patchOpenApi(file, text, overlays, skip),
      explain: (error) =>
        explained(error, file, names, ({ place }) => (place?.startsWith('#') ? positionOf(text, place) : undefined)),
    };
  }
  const { patchWsdl } = await import('./wsdl-overlay.ts');
  const patched = patchWsdl(file, text, overlays, skip);
  return {
    text: patched.text,
    explain: (error) =>
      explained(error, file, names, ({ line, column = 1 }) =>
        line === undefined ? undefined : placeBefore(text, patched.text, patched.edits, { line, column }),
      ),
  };
}

function explained(
  error: unknown,
  file: string,
  names: string,
  original: (error: SpecError) => Position | undefined,
): unknown {
  if (!(error instanceof SpecError) || error.file !== file) return error;
  const { what, place, cause } = error;
  return new SpecError(`${what}; with ${names} laid over it`, { file, ...original(error), place }, { cause });
}
