import { readFileSync } from 'node:fs';
import { validateXML } from 'xmllint-wasm';

const SOAP = 'http://schemas.xmlsoap.org/soap/envelope/';

/** The WSDL's own text: what the project's code makes of it is not consulted here. */
export const wsdlText = readFileSync(new URL('../../specs/zuora-soap.wsdl', import.meta.url), 'utf8');

const files: Readonly<Record<string, string>> = {
  'http://api.zuora.com/': 'zns.xsd',
  'http://object.api.zuora.com/': 'ons.xsd',
  'http://fault.api.zuora.com/': 'fns.xsd',
};

/** The schemas inside the WSDL as files that import each other. */
function schemasOf(wsdl: string): { fileName: string; contents: string }[] {
  const root = /<wsdl:definitions[^>]*>/.exec(wsdl)?.[0] ?? '';
  const prefixes = [...root.matchAll(/xmlns:\w+="[^"]*"/g)].map(([declaration]) => declaration).join(' ');
  return [...wsdl.matchAll(/<xs:schema[\s\S]*?<\/xs:schema>/g)].map(([schema]) => {
    const uri = /targetNamespace="([^"]*)"/.exec(schema)?.[1] ?? '';
    const located = schema.replaceAll(
      /<xs:import namespace="([^"]*)"\/>/g,
      (_, imported: string) => `<xs:import namespace="${imported}" schemaLocation="${files[imported]}"/>`,
    );
    return { fileName: files[uri] ?? '', contents: located.replace('<xs:schema', `<xs:schema ${prefixes}`) };
  });
}

/** An envelope whose header blocks, body and fault details must be elements that the WSDL's schemas declare. */
const envelopeSchema = `<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" targetNamespace="${SOAP}" elementFormDefault="qualified">
  ${Object.entries(files)
    .map(([uri, file]) => `<xs:import namespace="${uri}" schemaLocation="${file}"/>`)
    .join('')}
  <xs:element name="Envelope"><xs:complexType><xs:sequence>
    <xs:element name="Header" minOccurs="0"><xs:complexType><xs:sequence>
      <xs:any processContents="strict" maxOccurs="unbounded"/>
    </xs:sequence></xs:complexType></xs:element>
    <xs:element name="Body"><xs:complexType><xs:sequence>
      <xs:any processContents="strict"/>
    </xs:sequence></xs:complexType></xs:element>
  </xs:sequence></xs:complexType></xs:element>
  <xs:element name="Fault"><xs:complexType><xs:sequence>
    <xs:element name="faultcode" type="xs:QName" form="unqualified"/>
    <xs:element name="faultstring" type="xs:string" form="unqualified"/>
    <xs:element name="faultactor" type="xs:anyURI" form="unqualified" minOccurs="0"/>
    <xs:element name="detail" form="unqualified" minOccurs="0"><xs:complexType><xs:sequence>
      <xs:any processContents="strict" minOccurs="0" maxOccurs="unbounded"/>
    </xs:sequence></xs:complexType></xs:element>
  </xs:sequence></xs:complexType></xs:element>
</xs:schema>`;

/** What libxml2 says against each envelope; an empty list for a valid one. */
export async function schemaErrors(envelopes: readonly string[]): Promise<string[][]> {
  const xml = envelopes.map((contents, index) => ({ fileName: `envelope-${index}.xml`, contents }));
  const schema = { fileName: 'envelope.xsd', contents: envelopeSchema };
  const result = await validateXML({ xml, schema, preload: schemasOf(wsdlText), maxMemoryPages: 2048 });
  const problems = result.errors.filter(({ rawMessage }) => !/ fails to validate$/.test(rawMessage));
  // Without a place an error belongs to no envelope, and would be lost.
  const lost = problems.filter(({ loc }) => loc === null);
  if (lost.length > 0) throw new Error(`libxml2: ${lost.map(({ rawMessage }) => rawMessage).join('\n')}`);
  return xml.map(({ fileName }) =>
    problems.filter(({ loc }) => loc?.fileName === fileName).map(({ message }) => message),
  );
}
