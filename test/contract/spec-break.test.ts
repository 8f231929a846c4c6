import { expect, it } from 'vitest';
import { tryBreaks } from '../../scripts/check-spec-break.ts';

it('a renamed answer field makes the code that reads it and the sandbox that writes it fail to compile, in every system', {
  timeout: 120_000,
}, async () => {
  const results = await tryBreaks();
  expect(results.map(({ user, isNoticed }) => [user, isNoticed])).toEqual([
    ['src/systems/pulse-crm.ts', true],
    ['src/sandbox/pulse-crm.ts', true],
    ['src/systems/zato-login.ts', true],
    ['src/sandbox/zato-operations.ts', true],
    ['src/systems/zato-sso.ts', true],
    ['src/sandbox/zato-operations.ts', true],
    ['src/systems/zuora-rest.ts', true],
    ['src/sandbox/zuora-rest-answers.ts', true],
    ['src/systems/zuora-soap-source.ts', true],
    ['src/sandbox/zuora-soap.ts', true],
  ]);
  for (const { errors, field } of results) expect(errors.join('\n')).toMatch(new RegExp(`'${field}' does not exist`));
});
