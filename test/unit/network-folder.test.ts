import { describe, expect, it } from 'vitest';
import { tellOfNetwork } from '../../src/stores/network-folder.ts';

/** What Node warned of while a folder was looked at. */
async function warned(look: () => Promise<{ type: number }>): Promise<readonly string[]> {
  const heard: string[] = [];
  const listen = (warning: Error & { code?: string }): unknown =>
    warning.code === 'LATCHKEY_NETWORK_FOLDER' && heard.push(warning.message);
  process.on('warning', listen);
  await tellOfNetwork('/srv/sessions', look);
  await new Promise((resolve) => setImmediate(resolve));
  process.off('warning', listen);
  return heard;
}

describe.skipIf(process.platform !== 'linux')('a folder of sessions', () => {
  it.each([
    ['NFS', 0x6969],
    ['SMB', 0x517b],
    ['CIFS', 0xff534d42],
    ['CIFS', 0xff534d42 | 0],
    ['SMB 2', 0xfe534d42],
    ['AFS', 0x5346414f],
    ['AFS', 0x6b414653],
    ['Coda', 0x73757245],
    ['Ceph', 0x00c36400],
    ['Lustre', 0x0bd00bd0],
    ['9P', 0x01021997],
  ])('on a network file system is told of, with a way out: %s', async (name, type) => {
    expect(await warned(async () => ({ type }))).toEqual([expect.stringMatching(`\\(${name}\\).* Redis`)]);
  });

  it.each([
    ['ext4', 0xef53],
    ['tmpfs', 0x01021994],
    ['overlay', 0x794c7630],
  ])('on this machine is not: %s', async (_, type) => {
    expect(await warned(async () => ({ type }))).toEqual([]);
  });

  it('on another system is not even looked at: its numbers mean something else', async () => {
    const before = Object.getOwnPropertyDescriptor(process, 'platform') ?? {};
    Object.defineProperty(process, 'platform', { value: 'darwin', configurable: true });
    let looks = 0;
    const look = async (): Promise<{ type: number }> => {
      looks += 1;
      return { type: 0x6969 };
    };
    try {
      expect(await warned(look)).toEqual([]);
    } finally {
      Object.defineProperty(process, 'platform', before);
    }
    expect(looks).toBe(0);
  });

  it('that cannot be looked at is not', async () => {
    expect(await warned(() => Promise.reject(new Error('gone')))).toEqual([]);
  });
});
