import { describe, expect, it } from 'vitest';
import { valueNames } from '../../src/cli/contract-values.ts';
import { cliSystems } from '../../src/cli/settings/systems.ts';
import { scenarios } from '../../src/contract/index.ts';

describe('values of contract runs', () => {
  it.each(Object.values(cliSystems))('are looked for by every name that scenarios of $name need', (system) => {
    const { values, needs } = scenarios[system.name];
    const needed = [...values, ...Object.values(needs).flat()];
    expect(valueNames(system)).toEqual(expect.arrayContaining(needed));
  });
});
