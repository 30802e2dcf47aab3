// Which addresses are one place: what is limited by address is limited by this.

// RFC 4291 §2.5.5.2, as Node.js writes them.
const mappedIPv4 = /^::ffff:\d+\.\d+\.\d+\.\d+$/;
// RFC 7239 §6: a proxy may name the port too; whoever chooses it is no other for that.
const withPort = /^(?:(\d+\.\d+\.\d+\.\d+):\d+|\[([^\]]*)\](?::\d+)?)$/;

/** Who holds one IPv6 address holds its /64. */
export function networkOf(sent: string): string {
  if (!sent.includes(':')) return sent;
  const [, ipv4, ipv6] = withPort.exec(sent) ?? [];
  const address = ipv4 ?? ipv6 ?? sent;
  if (!address.includes(':') || mappedIPv4.test(address)) return address;
  const [head = '', tail] = address.split('::');
  const groups = head === '' ? [] : head.split(':');
  const missing =
    tail === undefined ? 0 : 8 - groups.length - tail.split(':').filter((group) => group !== '').length;
  const full = [...groups, ...Array<string>(Math.max(0, missing)).fill('0'), ...(tail?.split(':') ?? [])];
  return full.slice(0, 4).join(':');
}
