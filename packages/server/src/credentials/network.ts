// The network of an address: limits by address are limits by network, since one host may have many IPv6 addresses.

// RFC 4291 §2.5.5.2, as Node.js writes it.
const mappedIPv4 = /^::ffff:\d+\.\d+\.\d+\.\d+$/;
// RFC 7239 §6: a proxy may add the port, which a client can change at will.
const withPort = /^(?:(\d+\.\d+\.\d+\.\d+):\d+|\[([^\]]*)\](?::\d+)?)$/;

/** The /64 of an IPv6 address, which one customer usually has for itself; an IPv4 address as it is. */
export function networkOf(forwarded: string): string {
  if (!forwarded.includes(':')) return forwarded;
  const [, ipv4, ipv6] = withPort.exec(forwarded) ?? [];
  const address = ipv4 ?? ipv6 ?? forwarded;
  if (!address.includes(':') || mappedIPv4.test(address)) return address;
  const [head = '', tail] = address.split('::');
  const groups = head === '' ? [] : head.split(':');
  const missing =
    tail === undefined ? 0 : 8 - groups.length - tail.split(':').filter((group) => group !== '').length;
  const full = [...groups, ...Array<string>(Math.max(0, missing)).fill('0'), ...(tail?.split(':') ?? [])];
  return full.slice(0, 4).join(':');
}
