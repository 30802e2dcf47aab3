// npm run reference: writes what of the documents is made from the code's own lists: docs/endpoints.md from the registry
// of endpoints, the table of reasons in docs/operations/log.md from the list of reasons, that of docs/gallery.md from the
// dialects of the gallery. Tests hold them to it.

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  allEndpoints,
  authenticationMethods,
  builtInDialects,
  type Dialect,
  type Endpoint,
  type ErrorCode,
  grants,
  type Issuer,
  type ParameterDescriptions,
  pathOf,
  reasonGroups,
} from '@tessera-oauth/core';
import { galleryPage, withGallery } from './gallery.ts';

const root = join(import.meta.dirname, '..');

const dialects: readonly Dialect[] = builtInDialects;
const dialectNames = dialects.map(({ name }) => `\`${name}\``);

const table = (heads: readonly string[], rows: readonly (readonly string[])[]): string =>
  [heads, heads.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');

const code = (text: string): string => `\`${text}\``;
const none = 'not there';

const sections = (...parts: readonly (string | undefined)[]): string =>
  parts.filter((part) => part !== undefined).join('\n\n');

/** docs/endpoints.md, whole. */
export const endpointReference = (): string =>
  `${sections(
    '# Endpoints',
    'What each endpoint takes and gives, in each of the built-in dialects. This page is made from the code’s registry of endpoints (`npm run reference`). A [dialect of your own](dialects.md) has its own paths, statuses and names.',
    errorForm(),
    ...allEndpoints.map(endpointSection),
    '## Metadata',
    'Every issuer publishes its metadata at `/.well-known/oauth-authorization-server` (RFC 8414 §3) and `/.well-known/openid-configuration` (OpenID Connect Discovery 1.0 §4), for `GET`: before the path of an issuer and behind it.',
  )}\n`;

function errorForm(): string {
  const rows = dialects.map(({ name, errors }) => [
    code(name),
    (Array.isArray(errors.body) ? errors.body : Object.keys(errors.body)).map(code).join(', '),
    Object.entries(errors.status)
      .map(([error, status]) => `${code(error)} ${status}`)
      .concat('all others 400')
      .join(', '),
    errors.challenge ? 'with a 401' : 'no',
    Object.entries(errors.rename)
      .map(([from, to]) => `${code(from)} is called ${code(to)}`)
      .join(', ') || 'nothing',
  ]);
  return sections(
    '## Errors',
    'An error is a JSON object (RFC 6749 §5.2). Every answer that is not a 200 has an `X-Request-Id`, by which [the log](operations/log.md) says exactly why; a 429 and a 503 have `Retry-After`.',
    table(['dialect', 'members', 'statuses', '`WWW-Authenticate`', 'renames'], rows),
    'Beside what is listed below, every endpoint may answer 400 to what is not valid HTTP, 405 to another method, 408, 413 and 431 to what is too slow or too large, and 503 while the server is overloaded. Where clients authenticate, 429 `temporarily_unavailable` after too many failed attempts.',
  );
}

function endpointSection(endpoint: Endpoint): string {
  const { name, methods, reference } = endpoint;
  return sections(
    `## ${name}`,
    `${methods.map(code).join(' or ')}: ${reference.is}.`,
    table(['', ...dialectNames], [pathRow(endpoint), ...authenticationRow(endpoint)]),
    parameterTable(reference.parameters),
    ...(name === 'token' ? Object.values(grants).map(grantSection) : []),
    `Answer: ${reference.answer}.`,
    crossOrigin(endpoint),
    errorTable(endpoint),
  );
}

function crossOrigin({ cross_origin, clients }: Endpoint): string | undefined {
  if (!cross_origin) return undefined;
  const where = clients === undefined ? '' : ', where the issuer has apps that run in a browser';
  return `Scripts of other origins may call it${where}.`;
}

const pathRow = (endpoint: Endpoint): string[] => [
  'path',
  ...dialects.map((dialect) => {
    const path = pathOf(endpoint, dialect);
    return path === undefined ? none : code(path);
  }),
];

function authenticationRow(endpoint: Endpoint): string[][] {
  if (endpoint.clients === undefined) return [];
  const methods = dialects.map((dialect) => authenticationMethods(endpoint, { dialect } as Issuer));
  return [['clients authenticate by', ...methods.map((each) => each.map(code).join(', '))]];
}

function parameterTable(parameters: ParameterDescriptions): string | undefined {
  const rows = Object.entries(parameters).map(([name, { required, is }]) => [
    code(name),
    required ? 'yes' : 'no',
    is,
  ]);
  return rows.length === 0 ? undefined : table(['parameter', 'required', 'is'], rows);
}

function grantSection({ grant_type, is, parameters }: (typeof grants)[keyof typeof grants]): string {
  const having = dialects.filter(({ grant_types }) => grant_types.includes(grant_type));
  return sections(
    `### ${grant_type}`,
    `In ${having.map(({ name }) => code(name)).join(', ')}: ${is}.`,
    parameterTable(parameters),
  );
}

function errorTable({ reference }: Endpoint): string | undefined {
  const rows = Object.entries(reference.errors).map(([error, status]) => [
    code(error),
    ...dialects.map((dialect) => spelled(error as ErrorCode, status, dialect)),
  ]);
  return rows.length === 0 ? undefined : table(['error', ...dialectNames], rows);
}

function spelled(error: ErrorCode, status: number | 'dialect' | 'redirect', { errors }: Dialect): string {
  const { rename, status: statuses } = errors as Dialect['errors'];
  if (status === 'redirect') return 'in the redirect';
  return `${status === 'dialect' ? (statuses[error] ?? 400) : status} ${code(rename[error] ?? error)}`;
}

/** The table of docs/operations/log.md. */
export const reasonTable = (): string =>
  sections(
    ...Object.entries(reasonGroups).map(([group, reasons]) =>
      sections(
        `### ${group}`,
        table(
          ['reason', 'means'],
          Object.entries(reasons).map(([reason, meaning]) => [code(reason), meaning]),
        ),
      ),
    ),
  );

const begin = '<!-- reasons: made by npm run reference -->';
const end = '<!-- end of reasons -->';

/** The page with the table as it has to be. Throws where the page has no place for it. */
export function withReasons(page: string): string {
  const [before, rest] = page.split(begin);
  const [, after] = rest?.split(end) ?? [];
  if (before === undefined || after === undefined) throw new Error(`the page lacks ${begin} and ${end}`);
  return `${before}${begin}\n\n${reasonTable()}\n\n${end}${after}`;
}

export const endpointsFile = join(root, 'docs/endpoints.md');
export const logFile = join(root, 'docs/operations/log.md');

if (import.meta.main) {
  writeFileSync(endpointsFile, endpointReference());
  writeFileSync(logFile, withReasons(readFileSync(logFile, 'utf8')));
  writeFileSync(galleryPage, await withGallery(readFileSync(galleryPage, 'utf8')));
}
