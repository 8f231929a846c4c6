import { expect } from 'vitest';
import { type Change, diffSpecs, type SpecDiff } from '../../scripts/diff/index.ts';

/** Kind, place, sentence: what a comparison is expected to tell, word for word. */
export type Told = readonly [kind: Change['kind'], place: string, sentence: string];

/** A pair of specs: what it shows, the specs, and all that must be told. */
export type Case = readonly [name: string, old: string, next: string, told: readonly Told[]];

export async function diffTexts(old: string, next: string, extension = 'yaml'): Promise<SpecDiff> {
  const spec = (name: string, text: string) => ({
    file: `${name}.${extension}`,
    path: `/specs/${name}.${extension}`,
    text,
  });
  return diffSpecs({ old: spec('old', old), new: spec('new', next) });
}

/** Compares a pair, and what is told with what must be: nothing else, and nothing less. */
export async function expectTold([, old, next, told]: Case): Promise<void> {
  const { changes } = await diffTexts(old, next);
  const sorted = (list: readonly Told[]) => [...list].sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
  expect(sorted(changes.map(({ kind, place, sentence }) => [kind, place, sentence]))).toEqual(sorted(told));
}

/** A spec against itself is silent; and what is told one way is not kept quiet the other way round. */
export async function expectBothWays([, old, next, told]: Case): Promise<void> {
  for (const spec of [old, next]) expect((await diffTexts(spec, spec)).changes).toEqual([]);
  const back = await diffTexts(next, old);
  expect(back.changes.length > 0).toBe(told.length > 0);
}

/** An OpenAPI document around some paths and components. */
export function api(paths: object, more: object = {}): string {
  return JSON.stringify({ openapi: '3.1.0', info: { title: 'Pets', version: '1' }, paths, ...more });
}

export const BODY = '#/paths/~1pets/post/requestBody/content/application~1json/schema';
export const ANSWER = '#/paths/~1pets/get/responses/200/content/application~1json/schema';

/** A document in which callers send a value to POST /pets. */
export function sent(schema: unknown, more: object = {}): string {
  const requestBody = { required: true, content: { 'application/json': { schema } } };
  return api({ '/pets': { post: { requestBody, responses: { '204': { description: 'Done' } } } } }, more);
}

/** A document in which readers get a value from GET /pets. */
export function got(schema: unknown, more: object = {}): string {
  const responses = { '200': { description: 'Fine', content: { 'application/json': { schema } } } };
  return api({ '/pets': { get: { responses } } }, more);
}

/** What a WSDL is made of, each with a usual form. */
export interface WsdlParts {
  /** What the elements `find` and `findResponse` hold. */
  readonly request?: string;
  readonly answer?: string;
  /** More declarations in the schema. */
  readonly types?: string;
  readonly schema?: string;
  readonly messages?: string;
  readonly portType?: string;
  readonly operation?: string;
  readonly binding?: string;
  readonly service?: string;
  readonly definitions?: string;
}

export const FIND = 'definitions/types/schema/element[find]/complexType/sequence';
export const FOUND = 'definitions/types/schema/element[findResponse]/complexType/sequence';

/** A WSDL with one operation, document/literal wrapped. */
export function wsdl(parts: WsdlParts = {}): string {
  const usual = '<xs:element name="id" type="xs:string"/>';
  const {
    request = usual,
    answer = usual,
    types = '',
    schema = 'elementFormDefault="qualified"',
    messages = '',
  } = parts;
  const { portType = '', operation = '', binding = '', definitions = '' } = parts;
  const service =
    parts.service ??
    '<service name="Pets"><port name="Soap" binding="t:PetsBinding"><soap:address location="https://pets.test/soap"/></port></service>';
  return `<definitions xmlns="http://schemas.xmlsoap.org/wsdl/" xmlns:soap="http://schemas.xmlsoap.org/wsdl/soap/"
  xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:t="urn:pets" targetNamespace="urn:pets">${definitions}
  <types><xs:schema targetNamespace="urn:pets" ${schema}>
    <xs:element name="find"><xs:complexType><xs:sequence>${request}</xs:sequence></xs:complexType></xs:element>
    <xs:element name="findResponse"><xs:complexType><xs:sequence>${answer}</xs:sequence></xs:complexType></xs:element>
    ${types}
  </xs:schema></types>
  <message name="findIn"><part name="body" element="t:find"/></message>
  <message name="findOut"><part name="body" element="t:findResponse"/></message>
  ${messages}
  <portType name="Pets">
    <operation name="find"><input message="t:findIn"/><output message="t:findOut"/>${operation}</operation>
    ${portType}
  </portType>
  <binding name="PetsBinding" type="t:Pets">
    <soap:binding style="document" transport="http://schemas.xmlsoap.org/soap/http"/>
    <operation name="find">
      <soap:operation soapAction="urn:find"/>
      <input><soap:body use="literal"/></input>
      <output><soap:body use="literal"/></output>
    </operation>
    ${binding}
  </binding>
  ${service}
</definitions>`;
}
