import { describe, expect, it } from 'vitest';
import { valuesFor } from '../../src/cli/contract-values.ts';
import { cliSystems, variableOf } from '../../src/cli/settings/systems.ts';
import { scenarios } from '../../src/contract/index.ts';

const KEY = 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP';

describe('values of contract runs', () => {
  it.each(Object.values(cliSystems))('are found by every name that scenarios of $name need', async (system) => {
    const { values, needs } = scenarios[system.name];
    const needed = [...values, ...Object.values(needs).flat()];
    const variables = needed.map((name) => variableOf(system.name, name === 'totp' ? 'totpKey' : name));
    const env = Object.fromEntries(variables.map((variable) => [variable, KEY]));
    const found = await valuesFor(system, { env, signal: new AbortController().signal });
    expect(Object.keys(found).sort()).toEqual([...needed].sort());
  });
});
