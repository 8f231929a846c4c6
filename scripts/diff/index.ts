import { SpecError } from '../generate/spec-error.ts';
import type { SpecDiff } from './change.ts';
import type { SpecInput } from './spec-input.ts';

export type { Change, SpecDiff } from './change.ts';
export { renderMarkdown, renderTable, summarize } from './render.ts';
export type { ChangeKind } from './rules.ts';
export type { SpecInput } from './spec-input.ts';

/**
 * Compares two OpenAPI documents or two WSDLs. Which of them it is, the texts say, not the names.
 * @throws SpecError for whatever cannot be read or compared: never an empty result for a spec that was not understood
 */
export async function diffSpecs(specs: { readonly old: SpecInput; readonly new: SpecInput }): Promise<SpecDiff> {
  const [old, next] = [formatOf(specs.old), formatOf(specs.new)];
  if (old !== next) {
    throw new SpecError(`cannot be compared: it is ${words[next]}, and ${specs.old.file} is ${words[old]}`, {
      file: specs.new.file,
    });
  }
  try {
    // Each is loaded only for input of its kind.
    if (next === 'wsdl') return await (await import('./wsdl/index.ts')).diffWsdl(specs);
    return await (await import('./openapi/index.ts')).diffOpenApi(specs);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new SpecError('nested too deeply to be compared', { file: specs.new.file }, { cause: error });
  }
}

const words = { wsdl: 'a WSDL', openapi: 'an OpenAPI document' } as const;

function formatOf({ file, text }: SpecInput): 'wsdl' | 'openapi' {
  const start = text.replace(/^\uFEFF/, '').trimStart();
  if (start === '') throw new SpecError('the file is empty', { file });
  return start.startsWith('<') ? 'wsdl' : 'openapi';
}
