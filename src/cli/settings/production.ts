import type { Profiles } from './profile.ts';
import { type CliSystem, specAddressOf } from './systems.ts';

/** Whose session it is, as far as production goes. */
interface Place {
  readonly system: CliSystem;
  /** The profile that is used, or that the login was made with. */
  readonly profile: string | undefined;
  readonly baseUrl: string;
  readonly user: string | undefined;
}

/**
 * Name of the profile that marks a place as production: the one that is used, or any other for the same address, so that no mark is lost by naming the
 * place otherwise. A profile without an address marks what its user calls, wherever that is.
 */
export function productionProfileOf({ profiles }: Profiles, { system, profile, baseUrl, user }: Place) {
  const address = specAddressOf(system);
  const marking = [...profiles].filter(([, { production, system: name }]) => production && name === system.name);
  const isUsed = marking.find(([name]) => name === profile);
  const [found] =
    isUsed ??
    marking.find(([, { baseUrl: marked = address, ...of }]) =>
      marked === undefined ? of.user === user : hostOf(marked) === hostOf(baseUrl),
    ) ??
    [];
  return found;
}

function hostOf(address: string): string {
  return URL.canParse(address) ? new URL(address).host : address;
}
