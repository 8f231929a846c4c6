import { isSecretName, secretWordPattern } from './secret-names.ts';
import { mask } from './secrets.ts';

/** Masks by name: what stands under the name of a secret, whatever it is. */

const fieldPatterns: ReadonlyArray<readonly [RegExp, string]> = [
  // A value in JSON, also one whose end is missing; a list of them goes as a whole.
  [
    new RegExp(
      `("(?:${secretWordPattern})"\\s*:\\s*)(?:"(?:[^"\\\\]|\\\\[^])*"?|(?!null\\b|true\\b|false\\b)[-+.\\w]+|\\[[^\\]]*\\]?)`,
      'gi',
    ),
    `$1"${mask}"`,
  ],
  [
    new RegExp(
      // All up to the end of the element: comments, instructions and elements in it are read over by whoever takes its text.
      `(<((?:[\\w.-]+:)?(?:${secretWordPattern}))(?:\\s(?:[^>]*[^/>])?)?>)` +
        '(?:<!\\[CDATA\\[[^]*?(?:\\]\\]>|$)|<!--[^]*?(?:-->|$)|<\\?[^]*?(?:\\?>|$)|(?!</\\2\\s*>)[^])+',
      'gi',
    ),
    `$1${mask}`,
  ],
  [new RegExp(`\\b(${secretWordPattern})=(?:"[^"]*"?|'[^']*'?|[^&\\s"'<>;,]+)`, 'gi'), `$1=${mask}`],
  [/\b(Bearer|Basic|ZSession) +[\w+/=.~%-]{6,}/gi, `$1 ${mask}`],
];

/** A body in JSON, XML or anything like a form. */
export function maskedBody(text: string, contentType: string): string {
  const fields = /\bx-www-form-urlencoded\b/i.test(contentType) ? maskedFields(text) : text;
  return fieldPatterns.reduce((masked, [pattern, replacement]) => masked.replace(pattern, replacement), fields);
}

/** The path with its query, each value of a secret-looking field replaced. */
export function maskedPath(path: string, query: string): string {
  return query === '' ? path : `${path}?${maskedFields(query)}`;
}

function maskedFields(fields: string): string {
  return fields
    .split('&')
    .map((field) => {
      const [name = ''] = field.split('=', 1);
      return field !== name && isSecretName(decoded(name)) ? `${name}=${mask}` : field;
    })
    .join('&');
}

/** The value of one header; of cookies the names are left, of `Authorization` the scheme. */
export function maskedHeader(name: string, value: string): string {
  switch (name.toLowerCase()) {
    case 'cookie':
      return value.split(';').map(maskedCookie).join(';');
    case 'set-cookie': {
      const [pair = '', ...attributes] = value.split(';');
      return [maskedCookie(pair), ...attributes].join(';');
    }
    case 'authorization':
    case 'proxy-authorization': {
      const [scheme = ''] = /^(?:Bearer|Basic|Digest|ZSession) +/i.exec(value) ?? [];
      return scheme + mask;
    }
    default:
      return isSecretName(name) ? mask : value;
  }
}

function maskedCookie(pair: string): string {
  const [, name] = /^(\s*[^=]*=)/.exec(pair) ?? [];
  return name === undefined ? mask : `${name}${mask}`;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
