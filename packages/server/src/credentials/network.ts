// The networks of an address: limits by address are limits by network, since one customer has many addresses.

// RFC 4291 §2.5.5.2, as Node.js writes it.
const mappedIPv4 = /^(?:::ffff:)?(\d+)\.(\d+)\.(\d+)\.(\d+)$/;
// RFC 7239 §6: a proxy may add the port, which a client can change at will.
const withPort = /^(?:(\d+\.\d+\.\d+\.\d+):\d+|\[([^\]]*)\](?::\d+)?)$/;

/**
 * How large a network is, by the IP version and the bits of its prefix. RFC 6177: a customer has a /64, a /56 or a /48; a
 * provider has a /32. Of IPv4 the smallest network that is routed is a /24.
 */
export type NetworkSize = '4/32' | '4/24' | '6/64' | '6/56' | '6/48' | '6/32';

export interface Network {
  readonly size: NetworkSize;
  /** Its prefix in one spelling. */
  readonly prefix: string;
}

/** The networks that an address is in, the smallest first. What is no address counts as an IPv4 address by that name. */
export function networksOf(forwarded: string): readonly [Network, ...Network[]] {
  const [, ipv4, ipv6] = forwarded.includes(':') ? (withPort.exec(forwarded) ?? []) : [];
  const address = ipv4 ?? ipv6 ?? forwarded;
  const [, a, b, c] = mappedIPv4.exec(address) ?? [];
  if (a !== undefined)
    return [
      { size: '4/32', prefix: address.replace('::ffff:', '') },
      { size: '4/24', prefix: `${a}.${b}.${c}` },
    ];
  if (!address.includes(':')) return [{ size: '4/32', prefix: address }];
  const [one = '', two = '', three = '', four = ''] = groupsOf(address);
  const site = `${one}:${two}:${three}`;
  return [
    { size: '6/64', prefix: `${site}:${four}` },
    { size: '6/56', prefix: `${site}:${four.padStart(4, '0').slice(0, 2)}` },
    { size: '6/48', prefix: site },
    { size: '6/32', prefix: `${one}:${two}` },
  ];
}

/** The smallest one: an IPv4 address, or the /64 of an IPv6 address, which one customer usually has for itself. */
export const networkOf = (forwarded: string): string => networksOf(forwarded)[0].prefix;

/** The groups of an IPv6 address without leading zeros; of what is none, anything. */
function groupsOf(address: string): readonly string[] {
  const [head = '', tail] = address.toLowerCase().split('::');
  const groups = head === '' ? [] : head.split(':');
  const behind = tail?.split(':').filter((group) => group !== '') ?? [];
  const missing = tail === undefined ? 0 : Math.max(0, 8 - groups.length - behind.length);
  const full = [...groups, ...Array<string>(missing).fill('0'), ...behind];
  return full.map((group) => group.replace(/^0+(?=.)/, ''));
}
