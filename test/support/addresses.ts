// Where requests seem to come from, at a server with `trust_proxy: ['127.0.0.1']`.

export const from = (address: string): Record<string, string> => ({ 'x-forwarded-for': address });

let count = 0;

/** An address in a network that nobody has come from yet, so that no earlier failure counts against it. */
export function fromAnywhere(): Record<string, string> {
  count += 1;
  return from(`10.${count >> 8}.${count & 255}.1`);
}
