import { service } from '../../../generated/zuora-soap/table.ts';
import { badArgument } from '../../errors.ts';
import { writeCall } from '../../transport/soap-call.ts';
import type { OpenSession } from '../open-session.ts';
import { type Content, contentOf, isObject, jsonFrom } from './given.ts';

/** What was said of a call to SOAP. */
export interface SoapInput {
  /** The input object, as `--data` has it. */
  readonly data?: string;
  readonly soapHeaders?: string;
}

type Method = (
  input: object,
  options: { readonly headers: object; readonly signal: AbortSignal },
) => PromiseLike<unknown>;

/**
 * Calls an operation of SOAP by its typed method: the WSDL decides what fits. Of a query, the first page comes back.
 * @returns a function that sends the call, once what it is given has been read
 * @throws TypeError with code `ERR_USAGE` for what is no JSON object, with the codec's codes for what does not fit the WSDL
 */
export async function readSoapCall(
  name: string,
  { data = '{}', soapHeaders = '{}' }: SoapInput,
  signal: AbortSignal,
): Promise<(opened: OpenSession) => Promise<unknown>> {
  const input = objectFrom(await contentOf('--data', data, signal));
  const headers = objectFrom(await contentOf('--soap-headers', soapHeaders, signal));
  if (Object.hasOwn(headers, 'SessionHeader')) {
    throw badArgument('ERR_USAGE', '--soap-headers: SessionHeader is put there by latchkey');
  }
  // What does not fit is told before anybody logs in for it; the table alone knows what fits.
  writeCall(service, name as never, input as never, headers);
  return async ({ client }) => {
    // The names are those of the table that the client's methods were made from.
    const method = Reflect.get(client, name) as Method;
    return method(input, { headers, signal });
  };
}

function objectFrom(content: Content): object {
  const value = jsonFrom(content);
  if (isObject(value)) return value;
  throw badArgument('ERR_USAGE', `${content.from} must be a JSON object`);
}
