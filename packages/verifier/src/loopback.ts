// Whether a host is this machine (RFC 1122 §3.2.1.3, RFC 4291 §2.5.3, RFC 6761 §6.3); the server has the same answers
// (test/house/same-answers.test.ts).

const octet = '(25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)';
const loopbackHost = new RegExp(`^(localhost|127(\\.${octet}){3}|::1|\\[::1\\])$`, 'i');

/** `host` as a URL has it. */
export const isLoopbackHost = (host: string): boolean => loopbackHost.test(host);
