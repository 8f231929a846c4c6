/**
 * A process that writes one record again and again, for tests that kill it or take its disk away.
 * Arguments: folder, key, size of a record, number of writes. Prints a line after each write, `failed CODE` when one fails.
 */
import { isLatchkeyError } from '../../src/errors.ts';
import { createFileStore } from '../../src/stores/file.ts';

const [directory = '', key = '', size = '0', writes = '1'] = process.argv.slice(2);
const store = createFileStore({ directory, key });
for (let n = 0; n < Number(writes); n += 1) {
  try {
    await store.write('session-v1-a', String(n % 10).repeat(Number(size)), { expiresAtMs: null });
    process.stdout.write(`wrote ${n}\n`);
  } catch (error) {
    process.stdout.write(`failed ${isLatchkeyError(error) ? error.code : String(error)}\n`);
  }
}
