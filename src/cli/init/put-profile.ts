import { readFile, realpath, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';
import { badArgument } from '../../errors.ts';
import { ignoring, makeFolder, replaceFile } from '../../stores/files.ts';
import { profilesFrom } from '../settings/profile-file.ts';
import type { ProfileDraft } from './draft-profile.ts';
import { withValue } from './edit-json.ts';

/** A profile that is in the file. */
export interface WrittenProfile {
  /** Puts the file back as it was; `false` where somebody has changed it since. */
  undo(): Promise<boolean>;
}

const BOM = '\ufeff';

/**
 * Puts a profile into the file of profiles, with mode 0600 in a folder of 0700; everything else in it stays as it is, comments included. Readers see
 * the old file or the new one.
 * @throws TypeError with code `ERR_PROFILE_FILE` where somebody else changes the file meanwhile, StoreError where others can write to its folder
 */
export async function putProfile(
  file: string,
  draft: Pick<ProfileDraft, 'name' | 'entry' | 'isDefault'>,
): Promise<WrittenProfile> {
  await makeFolder(dirname(file));
  // A link to a file that is kept elsewhere stays one.
  const target = (await realpath(file).catch(ignoring('ENOENT'))) ?? file;
  const before = await textOf(target);
  const after = edited(before ?? '', draft);
  await refuseUnread(file, after, draft);
  await replaceFile(target, after, async () => {
    if ((await textOf(target)) === before) return;
    throw badArgument('ERR_PROFILE_FILE', `${file} was changed by somebody else meanwhile: nothing was written`);
  });
  return {
    async undo() {
      if ((await textOf(target)) !== after) return false;
      if (before === undefined) await unlink(target);
      else await replaceFile(target, before);
      return true;
    },
  };
}

/** Whoever writes what cannot be read again takes all other profiles away, too. */
async function refuseUnread(file: string, text: string, { name, entry }: Pick<ProfileDraft, 'name' | 'entry'>) {
  const { profiles } = await profilesFrom(file, text);
  const profile = profiles.get(name);
  if (profile?.system === entry.system && profile?.user === entry.user) return;
  const what = `${file} cannot be added to: it may have "profiles" twice. Nothing was written`;
  throw badArgument('ERR_PROFILE_FILE', what);
}

async function textOf(file: string): Promise<string | undefined> {
  return readFile(file, 'utf8').catch(ignoring('ENOENT'));
}

function edited(
  before: string,
  { name, entry, isDefault }: Pick<ProfileDraft, 'name' | 'entry' | 'isDefault'>,
): string {
  const mark = before.startsWith(BOM) ? BOM : '';
  const text = before.slice(mark.length);
  const withProfile = withValue(text.trim() === '' ? '{}\n' : text, ['profiles', name], entry);
  return mark + (isDefault ? withValue(withProfile, ['default'], name) : withProfile);
}
