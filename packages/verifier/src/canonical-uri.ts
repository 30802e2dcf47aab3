// Resource URIs that are the same though they are spelt in other ways (RFC 3986 §6.2.2.1, §6.2.3).

const httpUri = /^(https?):\/\/([^/?#@\\]+?)(?::(\d*))?([/?][^#]*)?$/i;
const defaultPorts: Readonly<Record<string, string>> = { http: '80', https: '443' };

/** One spelling of an http or https URI: scheme and host in lower case, no default port, a path. Other text as it is. */
export function canonicalUri(text: string): string {
  const [, scheme = '', host = '', port = '', rest = ''] = httpUri.exec(text) ?? [];
  if (host === '') return text;
  const name = scheme.toLowerCase();
  const authority = host.toLowerCase() + (port === '' || port === defaultPorts[name] ? '' : `:${port}`);
  return `${name}://${authority}${rest.startsWith('/') ? '' : '/'}${rest}`;
}
