export const USERNAME = 'api.user@harbor-foods.test';
export const PASSWORD = 'not-a-real-password';
/** 256 characters, as long as the service's are. */
export const SESSION = 'bench-session-Zk3'.padEnd(256, 'qT7vXw0aLs9');
export const NAMESPACE = 'http://api.zuora.com/';
export const PATH = '/apps/services/a/91.0';
export const RECORDS = 200;
export const QUERY =
  'SELECT Id, AccountNumber, AutoPay, Balance, Batch, BillCycleDay, CreatedDate, Currency, Name, Status, UpdatedDate FROM Account';

/** Name of the last account of the answer. */
export const LAST_NAME = accountName(RECORDS - 1);

/** A login, as any client may write it. */
export function loginEnvelope(username: string, password: string): string {
  return envelope(
    `<ns1:login xmlns:ns1="${NAMESPACE}"><ns1:username>${username}</ns1:username><ns1:password>${password}</ns1:password></ns1:login>`,
  );
}

/** The answer to a login, as the service writes it. */
export function loginAnswer(serverUrl: string): string {
  return envelope(
    `<ns1:loginResponse xmlns:ns1="${NAMESPACE}"><ns1:result><ns1:Session>${SESSION}</ns1:Session><ns1:ServerUrl>${serverUrl}</ns1:ServerUrl></ns1:result></ns1:loginResponse>`,
  );
}

/** The answer to the query: one page of accounts, about 150 kB unless fewer are asked for. */
export function queryAnswer(size = RECORDS): string {
  const records = Array.from({ length: size }, (_, index) => record(index)).join('');
  const nil = '<ns1:queryLocator xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:nil="1"/>';
  return envelope(
    `<ns1:queryResponse xmlns:ns1="${NAMESPACE}"><ns1:result><ns1:done>true</ns1:done>${nil}${records}<ns1:size>${size}</ns1:size></ns1:result></ns1:queryResponse>`,
  );
}

function record(index: number): string {
  const number = String(index).padStart(8, '0');
  const fields = {
    Id: `4028e48834aa10a30134c50f${number}`,
    AccountNumber: `A${number}`,
    AutoPay: index % 3 === 0,
    Balance: `${index * 17}.25`,
    Batch: 'Batch1',
    BillCycleDay: (index % 28) + 1,
    CreatedDate: '2026-02-14T08:30:00.000-08:00',
    Currency: 'USD',
    Name: accountName(index).replaceAll('&', '&amp;'),
    Status: 'Active',
    UpdatedDate: '2026-10-02T16:05:37.000-07:00',
  };
  const children = Object.entries(fields).map(([name, value]) => `<ns2:${name}>${value}</ns2:${name}>`);
  return `<ns1:records xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:ns2="http://object.api.zuora.com/" xsi:type="ns2:Account">${children.join('')}</ns1:records>`;
}

function accountName(index: number): string {
  return `Harbor Foods & Sons, branch ${index}`;
}

function envelope(body: string): string {
  return `<?xml version='1.0' encoding='UTF-8'?><soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/"><soapenv:Body>${body}</soapenv:Body></soapenv:Envelope>`;
}
