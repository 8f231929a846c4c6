import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createEnvelopeReader } from '../../src/transport/soap-reader.ts';
import type { ServiceTable } from '../../src/transport/soap-table.ts';
import { writeEnvelope } from '../../src/transport/soap-writer.ts';
import { canonical } from './soap-canonical.support.ts';
import { generated, loadTable } from './soap-generate.support.ts';
import { thingWsdl, yardEnvelope } from './soap-wsdl.support.ts';

type Yard = ServiceTable<Record<string, { input: unknown; output: unknown; headers: object }>>;

/** A part of a content model. Elements get their names when the model is whole, each another one. */
interface Particle {
  readonly kind: 'element' | 'sequence' | 'choice';
  readonly least: number;
  readonly most: number;
  readonly parts: readonly Particle[];
}

const occurrences = fc.constantFrom([1, 1], [1, 1], [0, 1], [1, 3], [0, 3]);
const element = occurrences.map(([least = 1, most = 1]): Particle => ({ kind: 'element', least, most, parts: [] }));
const { model } = fc.letrec<{ model: Particle; part: Particle }>((tie) => ({
  model: fc
    .tuple(fc.constantFrom('sequence', 'choice'), occurrences, fc.array(tie('part'), { minLength: 1, maxLength: 3 }))
    .map(([kind, [least = 1, most = 1], parts]) => ({ kind, least, most, parts })),
  part: fc.oneof({ maxDepth: 3 }, element, tie('model')),
}));

/** The content model in a schema, with names by place. */
function schemaOf({ kind, least, most, parts }: Particle, name = 'e'): string {
  const tag = `x:${kind} minOccurs="${least}" maxOccurs="${most}"`;
  if (kind === 'element') return `<${tag} name="${name}" type="x:int"/>`;
  return `<${tag}>${parts.map((part, at) => schemaOf(part, `${name}${at}`)).join('')}</x:${kind}>`;
}

/** One of the contents that it allows. */
function contentOf({ kind, least, most, parts }: Particle, choose: (count: number) => number, name = 'e'): string {
  const times = least + choose(most - least + 1);
  const inside = (at: number) => {
    const part = parts[at];
    return part === undefined ? '' : contentOf(part, choose, `${name}${at}`);
  };
  return Array.from({ length: times }, (_, round) => {
    if (kind === 'element') return `<y:${name}>${round}</y:${name}>`;
    return kind === 'choice' ? inside(choose(parts.length)) : parts.map((_, at) => inside(at)).join('');
  }).join('');
}

test('whatever sequences and choices allow, in each other and repeated, is read and written back as it was', async () => {
  const whole = model.map((top): Particle => ({ ...top, least: 1, most: 1 }));
  await fc.assert(
    fc.asyncProperty(whole, fc.infiniteStream(fc.nat()), async (top, random) => {
      const choose = (count: number) => Number(random.next().value) % count;
      const wsdl = thingWsdl(`<x:complexType>${schemaOf(top)}</x:complexType>`);
      const table = (await loadTable(await generated(wsdl))) as unknown as Yard;
      for (let times = 0; times < 5; times++) {
        const envelope = yardEnvelope(`<y:thing>${contentOf(top, choose)}</y:thing>`);
        const reader = createEnvelopeReader(table, 'send');
        reader.write(envelope);
        const answer = reader.close();
        if (answer.kind === 'fault') throw new Error('a fault');
        expect(answer.unknown).toEqual([]);
        expect(canonical(writeEnvelope(table, 'send', answer.value))).toBe(canonical(envelope));
      }
    }),
    { numRuns: 150 },
  );
});
