import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { anchorsIn, localLinksIn } from '../helpers/markdown.ts';
import { root } from '../pack/scratch-app.ts';

const documents = [
  'README.md',
  'CHANGELOG.md',
  ...readdirSync(join(root, 'docs')).map((name) => `docs/${name}`),
].filter((name) => name.endsWith('.md'));

describe('links', () => {
  it.each(documents)('of %s lead to files and headings that are there', (file) => {
    const lost = localLinksIn(readFileSync(join(root, file), 'utf8')).filter((link) => {
      const [path = '', anchor] = link.split('#');
      const target = path === '' ? join(root, file) : join(root, dirname(file), path);
      if (!existsSync(target)) return true;
      return anchor !== undefined && !anchorsIn(readFileSync(target, 'utf8')).includes(anchor);
    });
    expect(lost).toEqual([]);
  });
});
