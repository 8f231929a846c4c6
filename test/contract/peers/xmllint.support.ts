import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runPeer, scratchFolder } from '../../helpers/peers.ts';

const namespaces = ['http://api.zuora.com/', 'http://object.api.zuora.com/', 'http://fault.api.zuora.com/'];

/** Section 4 of SOAP 1.1, with no place for elements that no schema declares. */
const soapSchema = `<schema xmlns="http://www.w3.org/2001/XMLSchema" xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"
    targetNamespace="http://schemas.xmlsoap.org/soap/envelope/">
  ${namespaces.map((uri, index) => `<import namespace="${uri}" schemaLocation="${index}.xsd"/>`).join('')}
  <element name="Envelope"><complexType><sequence>
    <element ref="s:Header" minOccurs="0"/><element ref="s:Body"/>
  </sequence></complexType></element>
  <element name="Header"><complexType><sequence><any maxOccurs="unbounded"/></sequence></complexType></element>
  <element name="Body"><complexType><sequence><any/></sequence></complexType></element>
  <element name="Fault"><complexType><sequence>
    <element name="faultcode" type="QName"/><element name="faultstring" type="string"/><element name="faultactor" type="anyURI" minOccurs="0"/>
    <element name="detail" minOccurs="0"><complexType><sequence><any minOccurs="0" maxOccurs="unbounded"/></sequence></complexType></element>
  </sequence></complexType></element>
</schema>`;

/**
 * What the program xmllint says of each envelope, by the schemas of a WSDL: `validates`, or its complaints. The schemas are cut out of the
 * WSDL by xmllint too.
 */
export async function xmllintVerdicts(wsdl: string, envelopes: readonly string[]): Promise<string[]> {
  using folder = await scratchFolder();
  const fileOf = (name: string): string => join(folder.path, name);
  await writeFile(fileOf('service.wsdl'), wsdl);
  await writeFile(fileOf('soap.xsd'), soapSchema);
  const declarations =
    /<wsdl:definitions[^>]*>/
      .exec(wsdl)?.[0]
      .match(/xmlns:\w+="[^"]*"/g)
      ?.join(' ') ?? '';
  for (const [index, uri] of namespaces.entries()) {
    const query = `//*[local-name()="schema"][@targetNamespace="${uri}"]`;
    const { code, stdout, stderr } = await runPeer('xmllint', ['--xpath', query, fileOf('service.wsdl')]);
    if (code !== 0) throw new Error(`xmllint finds no schema of ${uri}: ${stderr}`);
    const declared = stdout.replace(/^<xs:schema/, `<xs:schema ${declarations}`);
    const located = namespaces.reduce(
      (text, imported, place) => text.replace(`<xs:import namespace="${imported}"`, `$& schemaLocation="${place}.xsd"`),
      declared,
    );
    await writeFile(fileOf(`${index}.xsd`), located);
  }
  const files = envelopes.map((_, index) => fileOf(`${index}.xml`));
  for (const [index, envelope] of envelopes.entries()) await writeFile(files[index] ?? '', envelope);
  const { stderr } = await runPeer('xmllint', ['--noout', '--nonet', '--schema', fileOf('soap.xsd'), ...files]);
  const lines = stderr.split('\n');
  return files.map((file) => {
    const said = lines.filter((line) => line.startsWith(file)).map((line) => line.slice(file.length));
    return said.join('\n').trim() || `nothing about it: ${stderr.slice(0, 2000)}`;
  });
}
