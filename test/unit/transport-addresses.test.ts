import { describe, expect, it } from 'vitest';
import { followAddress } from '../../src/transport/domains.ts';

describe('the address that a service gives for its calls', () => {
  it.each([
    ['the same', 'https://rest.zuora.com/a', 'https://rest.zuora.com/a', 'https://rest.zuora.com/a'],
    ['another host of the domain', 'https://www.zuora.com', 'https://na2.zuora.com/a', 'https://na2.zuora.com/a'],
    ['the domain itself', 'https://www.zuora.com', 'https://zuora.com/a', 'https://zuora.com/a'],
    ['a host below it', 'https://zuora.com', 'https://a.b.zuora.com/', 'https://a.b.zuora.com/'],
    ['another port', 'https://www.zuora.com', 'https://api.zuora.com:8443/a', 'https://api.zuora.com:8443/a'],
    ['a name with its dot at the end', 'https://www.zuora.com.', 'https://api.zuora.com/', 'https://api.zuora.com/'],
    ['a short second level', 'https://a.zuora.co.uk', 'https://b.zuora.co.uk/', 'https://b.zuora.co.uk/'],
    ['a second level of three', 'https://a.zuora.com.au', 'https://b.zuora.com.au/', 'https://b.zuora.com.au/'],
    ['a long second level', 'https://a.zuora.de', 'https://b.zuora.de/', 'https://b.zuora.de/'],
    ['a name of one label', 'https://zuora', 'https://zuora/a', 'https://zuora/a'],
    ['http said where https was called', 'https://www.zuora.com', 'http://api.zuora.com/a', 'https://api.zuora.com/a'],
    ['with its port too', 'https://www.zuora.com', 'http://api.zuora.com:80/a', 'https://api.zuora.com/a'],
    ['http where http was called', 'http://www.zuora.com', 'http://api.zuora.com:81/a', 'http://api.zuora.com:81/a'],
    ['https where http was called', 'http://www.zuora.com', 'https://api.zuora.com/a', 'https://api.zuora.com/a'],
    ['the same address', 'http://127.0.0.1:80', 'http://127.0.0.1/a', 'http://127.0.0.1/a'],
    ['the same address of six', 'https://[::1]:99', 'https://[::1]:99/a', 'https://[::1]:99/a'],
    ['the same name of this machine', 'http://a.localhost', 'http://a.localhost/a', 'http://a.localhost/a'],
  ])('is followed: %s', (_, from, word, expected) => {
    expect(followAddress(from, word)).toBe(expected);
  });

  it.each([
    ['no address', 'https://www.zuora.com', 'api.zuora.com/a'],
    ['nothing', 'https://www.zuora.com', ''],
    ['another domain', 'https://www.zuora.com', 'https://www.zuora.org/'],
    ['a name that ends alike', 'https://www.zuora.com', 'https://notzuora.com/'],
    ['a domain below another', 'https://www.zuora.com', 'https://www.zuora.com.example.test/'],
    ['another under a country', 'https://a.zuora.co.uk', 'https://b.other.co.uk/'],
    ['another under a second level of three', 'https://a.zuora.com.au', 'https://b.other.com.au/'],
    ['a country’s second level alone', 'https://a.zuora.co.uk', 'https://co.uk/'],
    ['a user name', 'https://www.zuora.com', 'https://me@api.zuora.com/'],
    ['a password', 'https://www.zuora.com', 'https://:word@api.zuora.com/'],
    ['no web address', 'https://www.zuora.com', 'ftp://api.zuora.com/'],
    ['a scheme that begins alike', 'http://www.zuora.com', 'httpsx://api.zuora.com/'],
    ['a scheme that ends alike', 'http://www.zuora.com', 'xhttp://api.zuora.com/'],
    ['http on a port of its own', 'https://www.zuora.com', 'http://api.zuora.com:81/'],
    ['another port of an address', 'https://127.0.0.1:1', 'https://127.0.0.1:2/'],
    ['another address of the net', 'https://127.0.0.1', 'https://127.0.0.2/'],
    ['an address in digits of three', 'https://192.168.100.200', 'https://193.168.100.200/'],
    ['another address of six', 'https://[::1]', 'https://[::2]/'],
    ['an address for a name', 'https://www.zuora.com', 'https://10.0.0.1/'],
    ['a name for an address', 'https://10.0.0.1', 'https://www.zuora.com/'],
    ['from https down, on an address', 'https://127.0.0.1', 'http://127.0.0.1/'],
    ['another name of this machine', 'http://a.localhost', 'http://b.localhost/'],
    ['this machine by its other name', 'http://localhost:80', 'http://127.0.0.1/'],
  ])('is not followed: %s', (_, from, word) => {
    expect(followAddress(from, word)).toBeNull();
  });

  it('may be a name that only looks like an address', () => {
    expect(followAddress('https://10.0.0.1.zuora.com', 'https://api.zuora.com/')).toBe('https://api.zuora.com/');
    expect(followAddress('https://localhost.zuora.com', 'https://api.zuora.com/')).toBe('https://api.zuora.com/');
  });
});
