import { randomBytes } from 'node:crypto';

/** How the processes of the benchmarks of shared sessions are set up; handed over as JSON. */
export interface SharingSetup {
  readonly baseUrl: string;
  /** Folder of the file store. */
  readonly directory: string;
  /** The stores' key. */
  readonly key: string;
  /** Where Redis listens on loopback; `null` if there is none. */
  readonly redisPort: number | null;
}

/** A key as a user would make it. */
export function makeStoreKey(): string {
  return randomBytes(32).toString('base64');
}

/** The setup of this very process. */
export function setupOfThisProcess(): SharingSetup {
  // Written by the parent, which is of the same source.
  return JSON.parse(process.argv[2] ?? '{}') as SharingSetup;
}
