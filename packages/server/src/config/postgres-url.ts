// The URL of a PostgreSQL database, judged before anything connects: what is wrong with it, in words that repeat no password.

const example = 'postgres://tessera@db.example.com/tessera';
const socket = 'postgres://tessera@localhost/tessera?host=/var/run/postgresql';

interface Parts {
  readonly text: string;
  readonly authority: string;
  readonly path: string;
  readonly query: string;
}

/** Tried in order: what is expected, and whether it is so. */
const expectations: readonly (readonly [string, (parts: Parts) => boolean])[] = [
  [
    'what is special in user name and password percent-encoded: @ is %40, # is %23, / is %2F, ? is %3F, % is %25',
    (parts) => !endsEarly(parts) && isEncoded(parts),
  ],
  [`a host before the path; for a socket ${socket}`, ({ authority }) => !/(^|@)$/.test(authority)],
  ['one host: several are not supported', ({ authority }) => !/,[^@]*$/.test(authority)],
  ['a host, and no port or one from 1 to 65535', ({ text }) => URL.canParse(text)],
  [`the name of a database behind the host, as in ${example}`, ({ path }) => path.length > 1],
  ['pool_size to be a number from 1 to 9999', fits('pool_size', /^[1-9]\d{0,3}$/)],
  [
    'sslmode to be disable, verify-full or no-verify',
    fits('sslmode', /^(disable|prefer|require|verify-ca|verify-full|no-verify)$/),
  ],
];

/** What was expected in place of `text`; undefined where nothing is wrong. */
export function postgresUrlMistake(text: string): string | undefined {
  const [, authority, path, query] = /^postgres(?:ql)?:\/\/(?!["'`])([^/?#]*)([^?#]*)(.*)$/.exec(text) ?? [];
  if (authority === undefined || path === undefined || query === undefined || /[\s\p{Cc}]/u.test(text))
    return `a URL such as ${example}, without quotes or blanks`;
  const parts = { text, authority, path, query };
  const [expected] = expectations.find(([, isSo]) => !isSo(parts)) ?? [];
  return expected ?? unknownParameter(text);
}

/** Whether user and password seem to end before they do, at one of the characters that end them. */
const endsEarly = ({ authority, path, query }: Parts): boolean =>
  query.includes('#') ||
  path.includes('@') ||
  (query.includes('@') && (path.length < 2 || !authority.includes('@')));

function isEncoded({ authority, path }: Parts): boolean {
  try {
    return decodeURIComponent(authority + path) !== '';
  } catch {
    return false;
  }
}

function fits(name: string, pattern: RegExp): (parts: Parts) => boolean {
  return ({ text }) => new URL(text).searchParams.getAll(name).every((value) => pattern.test(value));
}

/** Those of this program and of pg; and those of PostgreSQL's own tools that are in the URLs that providers hand out. */
const parameters = new Set([
  ...['pool_size', 'host', 'port', 'user', 'password', 'sslmode', 'sslcert', 'sslkey', 'sslrootcert', 'ssl'],
  ...['sslnegotiation', 'uselibpqcompat', 'application_name', 'fallback_application_name', 'options'],
  ...['client_encoding', 'statement_timeout', 'lock_timeout', 'idle_in_transaction_session_timeout'],
  ...['query_timeout', 'connect_timeout', 'channel_binding', 'target_session_attrs', 'gssencmode'],
  ...['keepalives', 'keepalives_idle'],
]);

function unknownParameter(text: string): string | undefined {
  const unknown = new URL(text).searchParams.keys().find((name) => !parameters.has(name));
  return unknown === undefined ? undefined : `known parameters: ${unknown.slice(0, 40)} is none`;
}
