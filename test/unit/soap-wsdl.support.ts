import { validateXML } from 'xmllint-wasm';

const SOAP = 'http://schemas.xmlsoap.org/soap/envelope/';
const YARD = 'urn:yard';

/** What a WSDL of a made-up yard is to have. */
export interface YardWsdl {
  /** Inside of its schema, whose names stand in `urn:yard`, prefix `y`. The prefix of XML Schema is `x`. */
  readonly schema: string;
  /** Inside of the messages `In` and `Out`. @default one part each, with the elements `send` and `sent` */
  readonly input?: string;
  readonly output?: string;
  readonly style?: 'document' | 'rpc';
  readonly soap?: '1.1' | '1.2';
  /** Inside of the binding's input and output. */
  readonly boundInput?: string;
  readonly boundOutput?: string;
  /** More of the whole. */
  readonly before?: string;
  readonly after?: string;
}

/** A WSDL with the operations `login` and `send`. */
export function yardWsdl({
  schema,
  input = '<part name="body" element="y:send"/>',
  output = '<part name="body" element="y:sent"/>',
  style = 'document',
  soap = '1.1',
  boundInput = '<s:body use="literal"/>',
  boundOutput = '<s:body use="literal"/>',
  before = '',
  after = '',
}: YardWsdl): string {
  const soapUri = `http://schemas.xmlsoap.org/wsdl/${soap === '1.1' ? 'soap' : 'soap12'}/`;
  const operation = (name: string, style: string, bound: string) =>
    `<operation name="${name}"><s:operation soapAction="urn:yard#${name}" style="${style}"/>${bound}</operation>`;
  const plain = '<s:body use="literal"/>';
  return `<?xml version="1.0" encoding="UTF-8"?>
<definitions name="Yard" targetNamespace="${YARD}" xmlns="http://schemas.xmlsoap.org/wsdl/" xmlns:s="${soapUri}"
    xmlns:y="${YARD}" xmlns:x="http://www.w3.org/2001/XMLSchema">
  ${before}
  <types><x:schema targetNamespace="${YARD}" elementFormDefault="qualified">
    <x:import namespace="http://www.w3.org/XML/1998/namespace"/>
    <x:element name="login"><x:complexType/></x:element>
    <x:element name="loginResponse"><x:complexType/></x:element>
    ${schema}
  </x:schema></types>
  <message name="LoginIn"><part name="body" element="y:login"/></message>
  <message name="LoginOut"><part name="body" element="y:loginResponse"/></message>
  <message name="In">${input}</message>
  <message name="Out">${output}</message>
  <portType name="YardPort">
    <operation name="login"><input message="y:LoginIn"/><output message="y:LoginOut"/></operation>
    <operation name="send"><input message="y:In"/><output message="y:Out"/></operation>
  </portType>
  <binding name="YardBinding" type="y:YardPort">
    <s:binding style="document" transport="http://schemas.xmlsoap.org/soap/http"/>
    ${operation('login', 'document', `<input>${plain}</input><output>${plain}</output>`)}
    ${operation('send', style, `<input>${boundInput}</input><output>${boundOutput}</output>`)}
  </binding>
  ${after}
  <service name="Yard"><port name="YardPort" binding="y:YardBinding"><s:address location="http://127.0.0.1/yard"/></port></service>
</definitions>`;
}

/** A schema of the element `thing`, which goes in and comes out. */
export function thingWsdl(type: string, others = ''): string {
  const element = '<part name="body" element="y:thing"/>';
  return yardWsdl({ schema: `<x:element name="thing">${type}</x:element>${others}`, input: element, output: element });
}

/** An envelope around a body in which `y`, `x` and `i` (XML Schema's instance namespace) are declared. */
export function yardEnvelope(body: string, soap = SOAP): string {
  return `<e:Envelope xmlns:e="${soap}" xmlns:y="${YARD}" xmlns:x="http://www.w3.org/2001/XMLSchema" xmlns:i="http://www.w3.org/2001/XMLSchema-instance"><e:Body>${body}</e:Body></e:Envelope>`;
}

/** What libxml2 says against the body of an envelope, by the schema in a WSDL that {@link yardWsdl} made. */
export async function yardErrors(wsdl: string, envelope: string): Promise<string[]> {
  const schema = /<x:schema[\s\S]*<\/x:schema>/.exec(wsdl)?.[0] ?? '';
  const contents = schema
    .replace('<x:schema', `<x:schema xmlns:x="http://www.w3.org/2001/XMLSchema" xmlns:y="${YARD}"`)
    .replace('<x:import namespace="http://www.w3.org/XML/1998/namespace"/>', (found) =>
      found.replace('/>', ' schemaLocation="xml.xsd"/>'),
    );
  const around = `<x:schema xmlns:x="http://www.w3.org/2001/XMLSchema" targetNamespace="${SOAP}" elementFormDefault="qualified">
    <x:import namespace="${YARD}" schemaLocation="yard.xsd"/>
    <x:element name="Envelope"><x:complexType><x:sequence><x:element name="Body"><x:complexType><x:sequence>
      <x:any processContents="strict" minOccurs="0" maxOccurs="unbounded"/>
    </x:sequence></x:complexType></x:element></x:sequence></x:complexType></x:element></x:schema>`;
  const xml = `<x:schema xmlns:x="http://www.w3.org/2001/XMLSchema" targetNamespace="http://www.w3.org/XML/1998/namespace">
    <x:attribute name="lang" type="x:string"/></x:schema>`;
  const result = await validateXML({
    xml: [{ fileName: 'envelope.xml', contents: envelope }],
    schema: { fileName: 'envelope.xsd', contents: around },
    preload: [
      { fileName: 'yard.xsd', contents },
      { fileName: 'xml.xsd', contents: xml },
    ],
  });
  return result.errors.map(({ rawMessage }) => rawMessage).filter((message) => !/ fails to validate$/.test(message));
}
