import type { Direction } from '../rules.ts';
import { mediaOf, schemasOf } from './diff-parameters.ts';
import { type At, child, entriesUnder, type OpenApiDocument } from './document.ts';
import { labelOf } from './label.ts';
import type { Operation } from './operations.ts';
import {
  areEqualResolved,
  type Both,
  compareExtensions,
  compareRest,
  opposite,
  resolveBoth,
  say,
  under,
  type Walk,
} from './walk.ts';

/** Compares the request bodies of two operations. */
export function compareRequestBodies(walk: Walk, old: Operation, next: Operation): void {
  const before = child(old.at, 'requestBody');
  const after = child(next.at, 'requestBody');
  const { title, direction } = next;
  if (before === undefined && after === undefined) return;
  if (before === undefined || after === undefined) {
    const body = after && walk.new.resolve(after);
    if (body === undefined) {
      say(walk, 'body-removed', direction, { old: before }, `${title} no longer has a request body.`);
    } else if (child(body, 'required')?.value === true) {
      say(walk, 'body-added-required', direction, { new: after }, `${title} now needs a request body.`);
    } else {
      say(walk, 'body-added', direction, { new: after }, `${title} may now have a request body.`);
    }
    return;
  }
  const both = resolveBoth(walk, before, after);
  const required = under(both, 'required');
  const at = { old: required.old ?? both.old, new: required.new ?? both.new };
  const subject = `the request body of ${title}`;
  if (required.old?.value !== true && required.new?.value === true) {
    say(walk, 'body-required', direction, at, `${title} now needs its request body, which could be left out.`);
  } else if (required.old?.value === true && required.new?.value !== true) {
    say(walk, 'body-optional', direction, at, `${subject} may now be left out.`);
  }
  compareContent(walk, both, direction, subject);
  compareRest(walk, both, ['required', 'content'], subject);
}

/** Compares what two operations answer. */
export function compareResponses(walk: Walk, old: Operation, next: Operation): void {
  compareExtensions(
    walk,
    { old: child(old.at, 'responses'), new: child(next.at, 'responses') },
    `the answers of ${next.title}`,
  );
  const before = responsesOf(old);
  const after = responsesOf(next);
  const direction = opposite(next.direction);
  const { title } = next;
  for (const [status, response] of before) {
    const same = covering(after, status);
    if (same === undefined) {
      const rule = isFailure(status) ? 'failure-removed' : 'answer-removed';
      say(walk, rule, direction, { old: response }, `${title} no longer answers ${word(status)}.`);
    } else {
      compareResponse(walk, resolveBoth(walk, response, same), direction, `the ${status} answer of ${title}`);
    }
  }
  for (const [status, response] of after) {
    if (before.has(status)) continue;
    const covered = covering(before, status);
    if (covered === undefined) {
      const rule = isFailure(status) ? 'failure-added' : 'answer-added';
      say(walk, rule, direction, { new: response }, `${title} may now answer ${word(status)}.`);
    } else {
      compareResponse(walk, resolveBoth(walk, covered, response), direction, `the ${status} answer of ${title}`);
    }
  }
}

function responsesOf({ at }: Operation): ReadonlyMap<string, At> {
  return new Map(
    entriesUnder(at, 'responses')
      .filter(([status]) => !status.startsWith('x-'))
      .map(([status, response]) => [/^default$/i.test(status) ? 'default' : status.toUpperCase(), response]),
  );
}

/** The response that stands for a status: its own, that of its range, or the one for all others. */
function covering(responses: ReadonlyMap<string, At>, status: string): At | undefined {
  return responses.get(status) ?? responses.get(`${status.slice(0, 1)}XX`) ?? responses.get('default');
}

function isFailure(status: string): boolean {
  return /^[45]|^default$/.test(status);
}

function word(status: string): string {
  return status === 'default' ? 'with other statuses' : status;
}

function compareResponse(walk: Walk, both: Both, direction: Direction, subject: string): void {
  compareContent(walk, both, direction, subject);
  compareHeaders(walk, both, direction, subject);
  const links = under(both, 'links');
  if (!areEqualResolved(walk, links))
    say(walk, 'documentation-changed', direction, links, `the links of ${subject} changed.`);
  compareRest(walk, both, ['content', 'headers', 'links'], subject);
}

function compareContent(walk: Walk, both: Both, direction: Direction, subject: string): void {
  const old = mediaTypes(both.old);
  const next = mediaTypes(both.new);
  if (old.size === 0 || next.size === 0) {
    if (old.size > 0)
      say(walk, 'body-removed', direction, { old: child(both.old, 'content') }, `${subject} no longer has a body.`);
    if (next.size > 0)
      say(walk, 'body-added', direction, { new: child(both.new, 'content') }, `${subject} now has a body.`);
    return;
  }
  for (const [type, media] of old) {
    const same = next.get(type);
    if (same === undefined) {
      say(walk, 'media-type-removed', direction, { old: media }, `${subject} may no longer be \`${type}\`.`);
    } else {
      compareMedia(walk, { old: media, new: same }, direction, subject);
    }
  }
  for (const [type, media] of next) {
    if (!old.has(type)) say(walk, 'media-type-added', direction, { new: media }, `${subject} may now be \`${type}\`.`);
  }
}

/** Media types are the same whatever the case and the blanks. */
function mediaTypes(at: At): ReadonlyMap<string, At> {
  return new Map(
    entriesUnder(at, 'content').map(([type, media]) => [type.toLowerCase().replaceAll(/\s+/g, ''), media]),
  );
}

function compareMedia(walk: Walk, both: Both, direction: Direction, subject: string): void {
  walk.schemas.later(schemasOf(both.old), schemasOf(both.new), direction, labelOf(subject));
  const items = under(both, 'itemSchema');
  const list = (at: At | undefined) => (at === undefined ? [] : [at]);
  if (items.old !== undefined || items.new !== undefined)
    walk.schemas.later(list(items.old), list(items.new), direction, labelOf(`each item of ${subject}`));
  for (const key of ENCODINGS) {
    const encoding = under(both, key);
    if (!areEqualResolved(walk, encoding))
      say(walk, 'encoding-changed', direction, encoding, `${subject} is written another way: \`${key}\` changed.`);
  }
  compareRest(walk, both, ['schema', 'itemSchema', ...ENCODINGS], subject);
}

const ENCODINGS = ['encoding', 'prefixEncoding', 'itemEncoding'];

function compareHeaders(walk: Walk, both: Both, direction: Direction, subject: string): void {
  const old = headersOf(walk.old, both.old);
  const next = headersOf(walk.new, both.new);
  for (const [key, header] of old) {
    const same = next.get(key);
    if (same === undefined) {
      say(
        walk,
        'header-removed',
        direction,
        { old: header.at },
        `${subject} no longer has the header \`${header.name}\`.`,
      );
    } else {
      compareHeader(walk, header, same, direction, subject);
    }
  }
  for (const [key, { at, name, isRequired }] of next) {
    if (old.has(key)) continue;
    const [rule, what] = isRequired
      ? (['header-added-required', 'now always has'] as const)
      : (['header-added', 'may now have'] as const);
    say(walk, rule, direction, { new: at }, `${subject} ${what} the header \`${name}\`.`);
  }
}

function compareHeader(walk: Walk, old: Header, next: Header, direction: Direction, owner: string): void {
  const both = { old: old.at, new: next.at };
  const required = { old: child(old.at, 'required') ?? old.at, new: child(next.at, 'required') ?? next.at };
  const subject = `the header \`${next.name}\` of ${owner}`;
  if (!old.isRequired && next.isRequired) {
    say(
      walk,
      'header-required',
      direction,
      required,
      `${owner} now always has the header \`${next.name}\`, which could be left out.`,
    );
  } else if (old.isRequired && !next.isRequired) {
    say(walk, 'header-optional', direction, required, `${owner} may now leave out the header \`${next.name}\`.`);
  }
  const explode = { old: child(old.at, 'explode'), new: child(next.at, 'explode') };
  if ((explode.old?.value === true) !== (explode.new?.value === true)) {
    say(walk, 'encoding-changed', direction, explode, `${subject} is written another way: \`explode\` changed.`);
  }
  const content = under(both, 'content');
  if (mediaOf(old.at) !== mediaOf(next.at))
    say(walk, 'encoding-changed', direction, content, `${subject} is written another way: \`content\` changed.`);
  walk.schemas.later(schemasOf(old.at), schemasOf(next.at), direction, labelOf(subject));
  compareRest(walk, both, ['required', 'schema', 'content', 'style', 'explode'], subject);
}

interface Header {
  readonly at: At;
  readonly name: string;
  readonly isRequired: boolean;
}

/** Names of headers are the same whatever the case; `Content-Type` is told by the media types. */
function headersOf(document: OpenApiDocument, response: At): ReadonlyMap<string, Header> {
  return new Map(
    entriesUnder(response, 'headers')
      .filter(([name]) => name.toLowerCase() !== 'content-type')
      .map(([name, written]) => {
        const at = document.resolve(written);
        return [name.toLowerCase(), { at, name, isRequired: child(at, 'required')?.value === true }];
      }),
  );
}
