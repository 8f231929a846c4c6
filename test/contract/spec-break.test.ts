import { expect, it } from 'vitest';
import { tryBreaks } from '../../scripts/check-spec-break.ts';

it('a renamed answer field makes the code that reads it fail to compile, in every system', {
  timeout: 120_000,
}, async () => {
  const results = await tryBreaks();
  expect(results.map(({ reader, isNoticed }) => [reader, isNoticed])).toEqual([
    ['src/systems/pulse-crm.ts', true],
    ['src/systems/zato-login.ts', true],
    ['src/systems/zato-sso.ts', true],
    ['src/systems/zuora-rest.ts', true],
    ['src/systems/zuora-soap-source.ts', true],
  ]);
  for (const { errors, field } of results) expect(errors.join('\n')).toContain(`Property '${field}' does not exist`);
});
