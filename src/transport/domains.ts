/** Hosts that are addresses: only the same host and port is the same place. */
const ADDRESS = /^(?:\d{1,3}(?:\.\d{1,3}){3}|\[.*\]|localhost|.*\.localhost)$/;

/**
 * Where a service's own word about its address leads, or `null` if it must not be followed: another registrable domain, or
 * from https down to http. Where only the scheme is lower the caller's https is kept.
 */
export function followAddress(from: string, word: string): string | null {
  if (word === from) return from;
  if (!URL.canParse(word)) return null;
  const base = new URL(from);
  const target = new URL(word);
  if (target.username || target.password || !/^https?:$/.test(target.protocol)) return null;
  if (ADDRESS.test(base.hostname) || ADDRESS.test(target.hostname))
    return target.origin === base.origin ? target.href : null;
  if (domainOf(base.hostname) !== domainOf(target.hostname)) return null;
  if (base.protocol !== 'https:' || target.protocol === 'https:') return target.href;
  // Some answers name http although https was called; they mean the same place.
  if (target.port !== '' && target.port !== '80') return null;
  target.protocol = 'https:';
  target.port = '';
  return target.href;
}

/**
 * The registrable domain, judged on the narrow side without a list of public suffixes: two labels, or three under
 * country codes with a short second level such as `co.uk`.
 */
function domainOf(hostname: string): string {
  const labels = hostname.replace(/\.$/, '').split('.');
  const [second = '', top = ''] = labels.slice(-2);
  return labels.slice(top.length === 2 && second.length <= 3 ? -3 : -2).join('.');
}
