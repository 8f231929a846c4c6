import { fileURLToPath } from 'node:url';
import { bundle, createConfig } from '@redocly/openapi-core';
import { perl, runPeer } from '../../helpers/peers.ts';

/** A request with its answer. */
export interface Exchange {
  readonly request: Request;
  readonly response: Response;
}

/** What is wrong with each half. */
export interface Opinion {
  readonly request: readonly string[];
  readonly response: readonly string[];
}

interface OpenApiFile {
  readonly paths: Readonly<
    Record<string, Readonly<Record<string, { readonly responses: Readonly<Record<string, unknown>> }>>>
  >;
}

const script = fileURLToPath(new URL('openapi-validator.pl', import.meta.url));

/**
 * What JSON::Validator says of exchanges, by a system's document. It reads schemas as of 2019-09, which differ from those of OpenAPI 3.1 in
 * nothing that our documents have.
 */
export async function validatorOpinions(system: string, exchanges: readonly Exchange[]): Promise<Opinion[]> {
  const ref = fileURLToPath(new URL(`../../../specs/${system}.openapi.yaml`, import.meta.url));
  const bundled = await bundle({ ref, config: await createConfig({}), dereference: true });
  // Bundling leaves what is in the file as it is.
  const document = bundled.bundle.parsed as OpenApiFile;
  const input = JSON.stringify({
    document,
    exchanges: await Promise.all(exchanges.map((exchange) => described(document, exchange))),
  });
  const { code, stdout, stderr } = await runPeer(perl, [script], input);
  if (code !== 0 || stderr !== '') throw new Error(`JSON::Validator ended with ${code}: ${stderr}`);
  return JSON.parse(stdout);
}

async function described({ paths }: OpenApiFile, { request, response }: Exchange): Promise<object> {
  const { pathname, searchParams } = new URL(request.url);
  const steps = pathname.split('/');
  const method = request.method.toLowerCase();
  const fits = (template: string): boolean => {
    const wanted = template.split('/');
    return wanted.length === steps.length && wanted.every((step, at) => step.startsWith('{') || step === steps[at]);
  };
  const [path = ''] = Object.keys(paths)
    .filter((template) => paths[template]?.[method] && fits(template))
    .sort();
  const values = path
    .split('/')
    .flatMap((step, at) => (step.startsWith('{') ? [[step.slice(1, -1), decodeURIComponent(steps[at] ?? '')]] : []));
  // A status of its own comes before its range, which JSON::Validator does not know.
  const answers = paths[path]?.[method]?.responses ?? {};
  const status = [String(response.status), `${Math.floor(response.status / 100)}XX`].find((key) => key in answers);
  return {
    method,
    path,
    status: status ?? String(response.status),
    request: {
      ...(await contents(request)),
      path: Object.fromEntries(values),
      query: Object.fromEntries(searchParams),
    },
    response: await contents(response),
  };
}

async function contents(message: Request | Response): Promise<object> {
  const text = await message.clone().text();
  const type = message.headers.get('content-type')?.split(';')[0]?.trim().toLowerCase();
  const header = Object.fromEntries(message.headers);
  if (text === '') return { header, body: { exists: 0 } };
  return { header, body: { exists: 1, content_type: type, value: type?.endsWith('json') ? jsonOr(text) : text } };
}

function jsonOr(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
