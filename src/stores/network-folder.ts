import { statfs } from 'node:fs/promises';

/** File systems whose files lie on another machine, by the number that the kernel gives them (Linux, `statfs(2)`). */
const NETWORK_FILE_SYSTEMS: Readonly<Record<number, string>> = {
  26985: 'NFS',
  20859: 'SMB',
  4283649346: 'CIFS',
  4266872130: 'SMB 2',
  1397113167: 'AFS',
  1799439955: 'AFS',
  1937076805: 'Coda',
  12805120: 'Ceph',
  198183888: 'Lustre',
  16914839: '9P',
};

/** What the kernel's number of a file system says of where its files lie; `undefined` for those of this machine. */
export function networkNameOf({ type }: { readonly type: number }): string | undefined {
  // Some kernels give the number with a sign.
  return NETWORK_FILE_SYSTEMS[type >>> 0];
}

/**
 * Tells, by a Node warning with code `LATCHKEY_NETWORK_FOLDER`, that a folder is on a network file system: how well
 * locks hold there is up to its server and to how each host has mounted it.
 * @param look in place of the file system, for tests
 */
export async function tellOfNetwork(
  directory: string,
  look: (path: string) => Promise<{ readonly type: number }> = statfs,
): Promise<void> {
  if (process.platform !== 'linux') return;
  const found = await look(directory).catch(() => undefined);
  const name = found && networkNameOf(found);
  if (name === undefined) return;
  process.emitWarning(
    `The sessions in ${directory} are on a network file system (${name}). If its locks do not hold between hosts, each of them may log in; ` +
      'a store in Redis holds between hosts',
    { code: 'LATCHKEY_NETWORK_FOLDER' },
  );
}
