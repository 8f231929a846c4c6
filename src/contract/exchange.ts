import type { Finding } from './finding.ts';
import { readMessage } from './message.ts';
import { checkOpenApiExchange, type OpenApiContract } from './openapi-exchange.ts';
import { checkSoapExchange, type SoapContract } from './soap-exchange.ts';

export type { Finding } from './finding.ts';

/** What an exchange is held against: the generated side of one spec. */
export type Contract = OpenApiContract | SoapContract;

/**
 * Holds one HTTP exchange against a spec, both ways: path, method, parameters, body and media type of the request; status, headers, media
 * type and body of the answer; for SOAP the envelopes, their headers and the order of elements. Neither message is used up. Empty when both fit.
 * @param response `undefined` when none came; then only the request is looked at
 */
export async function checkExchange(
  request: Request,
  response: Response | undefined,
  contract: Contract,
): Promise<Finding[]> {
  const line = { method: request.method, url: new URL(request.url) };
  const [sent, answered] = await Promise.all([readMessage(request), response && readMessage(response)]);
  const answer = response && answered && { ...answered, status: response.status };
  return contract.kind === 'soap'
    ? checkSoapExchange(line, sent, answer, contract)
    : checkOpenApiExchange(line, sent, answer, contract);
}
