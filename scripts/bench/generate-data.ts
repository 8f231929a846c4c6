/** Properties of each made-up type. */
const FIELDS = 10;
/** Types that refer to each other: what is referred to stays near, as in real documents. */
const NEIGHBOURS = 20;

/** A made-up OpenAPI document of about so many bytes, in YAML, as vendors hand them out. */
export function makeOpenApi(bytes: number): string {
  const perThing = (pathsOf(0, NEIGHBOURS) + schemaOf(0, NEIGHBOURS)).length + 4;
  const count = Math.ceil(bytes / perThing);
  const things = Array.from({ length: count }, (_, index) => index);
  return `openapi: 3.1.0
info: { title: Desk, version: '1' }
servers: [{ url: 'https://desk.example' }]
paths:
${things.map((index) => pathsOf(index, count)).join('')}components:
  schemas:
    Fault:
      type: object
      required: [code]
      properties: { code: { type: string }, message: { type: string } }
${things.map((index) => schemaOf(index, count)).join('')}`;
}

function neighbour(index: number, step: number, count: number): number {
  const start = index - (index % NEIGHBOURS);
  return Math.min(count - 1, start + ((index + step) % NEIGHBOURS));
}

function pathsOf(index: number, count: number): string {
  const fault = `        '400':
          description: Refused
          content: { application/json: { schema: { $ref: '#/components/schemas/Fault' } } }
`;
  const thing = `{ $ref: '#/components/schemas/Thing${index}' }`;
  const trace = '{ name: X-Trace, in: header, schema: { type: string, maxLength: 64 } }';
  return `  /things${index}:
    get:
      operationId: listThings${index}
      summary: Lists what the desk ${index} lends
      parameters:
        - { name: page, in: query, schema: { type: integer, minimum: 1 } }
        - ${trace}
      responses:
        '200':
          description: Things
          content: { application/json: { schema: { type: array, items: ${thing} } } }
${fault}    post:
      operationId: addThing${index}
      parameters: [${trace}]
      requestBody:
        required: true
        content: { application/json: { schema: ${thing} } }
      responses:
        '201':
          description: Added
          content: { application/json: { schema: { $ref: '#/components/schemas/Thing${neighbour(index, 1, count)}' } } }
${fault}  /things${index}/{id}:
    delete:
      operationId: dropThing${index}
      parameters:
        - { name: id, in: path, required: true, schema: { type: string } }
      responses:
        '204': { description: Dropped }
${fault}`;
}

function schemaOf(index: number, count: number): string {
  const fields = Array.from(
    { length: FIELDS },
    (_, field) => `        field${field}:
          type: ${field % 3 === 0 ? 'integer' : 'string'}
          description: What is known about the thing in the matter of ${field}, if anybody wrote it down.
`,
  );
  return `    Thing${index}:
      type: object
      description: What the desk lends under the number ${index}.
      required: [id, state]
      properties:
        id: { type: string, format: uuid }
        state: { type: string, enum: [here, lent, lost, kept${index}] }
        parent: { $ref: '#/components/schemas/Thing${neighbour(index, 2, count)}' }
        parts: { type: array, items: { $ref: '#/components/schemas/Thing${neighbour(index, 3, count)}' } }
        either: { oneOf: [{ type: string }, { $ref: '#/components/schemas/Thing${neighbour(index, 4, count)}' }] }
        notes: { type: object, additionalProperties: { type: string } }
${fields.join('')}`;
}

/** A made-up WSDL with so many complex types, half of them extending another, and an operation for every tenth. */
export function makeWsdl(types: number): string {
  const indexes = Array.from({ length: types }, (_, index) => index);
  const served = indexes.filter((index) => index % 10 === 0);
  return `<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="http://schemas.xmlsoap.org/wsdl/" xmlns:soap="http://schemas.xmlsoap.org/wsdl/soap/"
    xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:d="http://desk.example/" targetNamespace="http://desk.example/">
<types><xs:schema targetNamespace="http://desk.example/" elementFormDefault="qualified">
${indexes.map(complexType).join('\n')}
${served
  .map(
    (index) => `<xs:element name="${operation(index)}"><xs:complexType><xs:sequence>
<xs:element name="id" type="xs:string"/></xs:sequence></xs:complexType></xs:element>
<xs:element name="${operation(index)}Response"><xs:complexType><xs:sequence>
<xs:element name="thing" type="d:Thing${index}" minOccurs="0" maxOccurs="unbounded"/></xs:sequence></xs:complexType></xs:element>`,
  )
  .join('\n')}
</xs:schema></types>
${served
  .map(
    (
      index,
    ) => `<message name="${operation(index)}Request"><part name="parameters" element="d:${operation(index)}"/></message>
<message name="${operation(index)}Answer"><part name="parameters" element="d:${operation(index)}Response"/></message>`,
  )
  .join('\n')}
<portType name="Desk">
${served
  .map(
    (index) => `<operation name="${operation(index)}"><input message="d:${operation(index)}Request"/>
<output message="d:${operation(index)}Answer"/></operation>`,
  )
  .join('\n')}
</portType>
<binding name="DeskBinding" type="d:Desk"><soap:binding style="document" transport="http://schemas.xmlsoap.org/soap/http"/>
${served
  .map(
    (index) => `<operation name="${operation(index)}"><soap:operation soapAction=""/>
<input><soap:body use="literal"/></input><output><soap:body use="literal"/></output></operation>`,
  )
  .join('\n')}
</binding>
<service name="DeskService"><port name="Desk" binding="d:DeskBinding">
<soap:address location="https://desk.example/soap"/></port></service>
</definitions>
`;
}

/** The first one begins a session: a generated client logs in. */
function operation(index: number): string {
  return index === 0 ? 'login' : `get${index}`;
}

function complexType(index: number): string {
  const fields = Array.from({ length: FIELDS }, (_, field) => {
    const type = field % 3 === 0 ? 'xs:int' : field % 3 === 1 ? 'xs:string' : 'xs:dateTime';
    return `<xs:element name="field${index}x${field}" type="${type}" minOccurs="0" nillable="true"/>`;
  });
  const other = index - (index % NEIGHBOURS);
  const sequence = `<xs:sequence>${fields.join('')}<xs:element name="part${index}" type="d:Thing${other}" minOccurs="0" maxOccurs="unbounded"/></xs:sequence>`;
  const content =
    index % 2 === 0
      ? sequence
      : `<xs:complexContent><xs:extension base="d:Thing${index - 1}">${sequence}</xs:extension></xs:complexContent>`;
  return `<xs:complexType name="Thing${index}">${content}</xs:complexType>`;
}
