import type { IncomingMessage } from 'node:http';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { createClientAddress, limitKey, truncateAddress } from '../../src/http/client-address.ts';

function request(remoteAddress: string, forwarded?: string): IncomingMessage {
  return {
    socket: { remoteAddress },
    headers: { 'x-forwarded-for': forwarded },
  } as unknown as IncomingMessage;
}

describe('the client address', () => {
  it('is the peer where no proxy is trusted, whatever it claims', () => {
    fc.assert(
      fc.property(fc.string(), (claim) => {
        expect(createClientAddress([])(request('198.51.100.7', claim))).toBe('198.51.100.7');
      }),
    );
  });

  it.each([
    ['10.0.0.1', '203.0.113.9', '203.0.113.9'],
    ['::ffff:10.0.0.1', '203.0.113.9', '203.0.113.9'],
    ['10.0.0.1', '1.1.1.1, 203.0.113.9', '203.0.113.9'],
    ['10.0.0.1', '1.1.1.1, 203.0.113.9, 10.2.3.4', '203.0.113.9'],
    ['10.0.0.1', '10.0.0.2, 10.0.0.3', '10.0.0.2'],
    ['10.0.0.1', 'unknown, 10.0.0.3', '10.0.0.3'],
    ['10.0.0.1', '203.0.113.9:4711', '203.0.113.9'],
    ['10.0.0.1', '[2001:db8::1]:443', '2001:db8::1'],
    ['10.0.0.1', '::ffff:203.0.113.9', '203.0.113.9'],
    ['10.0.0.1', undefined, '10.0.0.1'],
    ['10.0.0.1', '203.0.113.9\u00a0evil', '10.0.0.1'],
    ['198.51.100.7', '10.0.0.1', '198.51.100.7'],
    ['2001:db8:9::1', '203.0.113.9', '203.0.113.9'],
  ])('from %s with %p is %s behind 10.0.0.0/8 and 2001:db8:9::/48', (peer, forwarded, expected) => {
    expect(createClientAddress(['10.0.0.0/8', '2001:db8:9::/48'])(request(peer, forwarded))).toBe(expected);
  });

  it('has one spelling', () => {
    const address = createClientAddress([]);
    expect(address(request('2001:DB8:0:0::01'))).toBe(address(request('2001:db8::1')));
    expect(address(request('::ffff:cb00:7109'))).toBe('203.0.113.9');
  });

  it.each(['10.0.0.0/33', 'proxy.example', '10.0.0.0/', '10.0.0.0/-1', '/8', '::/129', '10.0.0.0/8/8x'])(
    'refuses to start with the proxy %p',
    (proxy) => {
      expect(() => createClientAddress([proxy])).toThrow(/CIDR/);
    },
  );
});

describe('what is kept of an address', () => {
  it.each([
    ['203.0.113.9', '203.0.113.0/24', '203.0.113.9'],
    ['::ffff:203.0.113.9', '203.0.113.0/24', '203.0.113.9'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1::/48', '2001:db8:1:2::/64'],
    ['2001:db8::6', '2001:db8:0::/48', '2001:db8:0:0::/64'],
    ['::1', '0:0:0::/48', '0:0:0:0::/64'],
  ])('%s is truncated to %s and limited as %s', (address, truncated, limited) => {
    expect(truncateAddress(address)).toBe(truncated);
    expect(limitKey(address)).toBe(limited);
  });
});
