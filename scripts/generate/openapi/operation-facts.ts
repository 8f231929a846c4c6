import type { Operation } from './operations.ts';
import { literal } from './source-text.ts';

/** Text of `operations.ts`: what the client knows of each operation without reading the spec. */
export function operationFacts(operations: readonly Operation[]): string {
  const entries = operations.map(({ id, method, path, role, session }) => {
    const head = Object.entries({ id, method, path, role }).map(([key, value]) => `${key}: ${literal(value)}`);
    const fields = session.map((field) => {
      const facts = Object.entries(field).map(([key, value]) => `${key}: ${literal(value)}`);
      return `      { ${facts.join(', ')} },\n`;
    });
    const list = fields.length === 0 ? '[]' : `[\n${fields.join('')}    ]`;
    return `  {\n    ${head.join(',\n    ')},\n    session: ${list},\n  },\n`;
  });
  return `/** Each operation: what it does to the session, and what the client puts where. */
export const operations = [
${entries.join('')}] as const;
`;
}
