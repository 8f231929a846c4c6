import type { Incoming } from './exchange.ts';
import { isRecord } from './scenario-args.ts';

/** The JSON object in the body; undefined for anything else. */
export function jsonObject(incoming: Incoming): Record<string, unknown> | undefined {
  const value = jsonValue(incoming.body);
  return isRecord(value) ? value : undefined;
}

/** The parsed body, or undefined when it is empty or not JSON. */
export function jsonValue(body: Buffer): unknown {
  if (body.length === 0) return undefined;
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    return undefined;
  }
}
