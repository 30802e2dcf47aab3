// How a command calls the verbs of administration: it opens the instance, names the user of the operating system as the
// actor, and names in a mistake the option that was typed.

import { userInfo } from 'node:os';
import { type Command, InvalidArgumentError } from 'commander';
import { AdminError, type AdminErrorCode, type AdminField } from '../admin/admin-error.ts';
import type { Actor, AdminContext } from '../admin/context.ts';
import { storedIssuers } from '../admin/issuers.ts';
import type { ListRequest, Page } from '../admin/page.ts';
import type { Instance } from '../instance/instance.ts';
import { type ServedIssuer, type StoredIssuer, UsageError } from '../model.ts';
import { type CommonOptions, withInstance } from './common.ts';
import { present, print, table } from './output.ts';

/** What a command has to work with. */
export interface Administration {
  readonly admin: AdminContext;
  readonly instance: Instance;
  /** The issuer of `--issuer`, disabled or not, or the only one that there is. Throws where there is no such issuer. */
  issuerOf(options: IssuerOption): ServedIssuer;
  /** The name of `--issuer` for what lists those of all issuers: undefined where it was not typed. */
  issuerFilter(options: IssuerOption): string | undefined;
}

interface IssuerOption {
  readonly issuer?: string | undefined;
}

/** Gives a command its work: called with what stands behind the command, in order. */
export const administer = <Options extends CommonOptions>(
  command: Command,
  work: (administration: Administration, options: Options, ...args: string[]) => Promise<void>,
): Command =>
  command.action(async (...given: unknown[]) => {
    // Commander gives the arguments, then the options, then the command.
    const args = given.slice(0, -2) as string[];
    const options = given.at(-2) as Options;
    try {
      await withInstance(options, async (instance, issuers) => {
        const admin = { ...instance.admin, actor: commandLineActor() };
        const stored = await storedIssuers(admin);
        const issuerOf = ({ issuer }: IssuerOption) => chooseIssuer(issuers, stored, issuer);
        const issuerFilter = ({ issuer }: IssuerOption) => issuer && issuerOf({ issuer }).name;
        await work({ admin, instance, issuerOf, issuerFilter }, options, ...args);
      });
    } catch (error) {
      if (error instanceof AdminError)
        throw new UsageError([error, ...error.others].map((each) => sentenceOf(each, command)).join('\n'));
      throw error;
    }
  });

/** The issuer of that name, or the only one. `stored` has those too that are not served, for want of their dialect. */
function chooseIssuer(
  issuers: readonly ServedIssuer[],
  stored: readonly StoredIssuer[],
  name: string | undefined,
): ServedIssuer {
  const chosen =
    name === undefined && stored.length === 1 ? issuers[0] : issuers.find((issuer) => issuer.name === name);
  if (chosen !== undefined) return chosen;
  const [only] = stored;
  if (only === undefined)
    throw new UsageError('there is no issuer yet (make one with: tessera issuer create)');
  const found =
    name === undefined && stored.length === 1 ? only : stored.find((issuer) => issuer.name === name);
  if (found !== undefined)
    throw new UsageError(`issuer ${found.name}: the configuration has no dialect ${found.dialect}`);
  const names = stored.map((issuer) => issuer.name).join(', ');
  const got = name === undefined ? 'nothing' : JSON.stringify(name);
  throw new UsageError(`--issuer: got ${got}, expected one of ${names}`);
}

function commandLineActor(): Actor {
  try {
    return { kind: 'cli', name: userInfo().username };
  } catch {
    // In a container the user may have no name.
    return { kind: 'cli', name: `uid ${process.getuid?.() ?? 'unknown'}` };
  }
}

/** The options by which a member is typed. */
const optionsOf: Partial<Record<AdminField, readonly string[]>> = {
  name: ['--name'],
  location: ['--location'],
  dialect: ['--dialect'],
  signing_alg: ['--signing-alg'],
  access_token_lifetime: ['--lifetime'],
  token_reuse: ['--token-reuse'],
  resources: ['--resource'],
  vouched_users: ['--vouched-users'],
  'theme.name': ['--theme-name'],
  'theme.logo_uri': ['--theme-logo'],
  'theme.logo_uri_dark': ['--theme-logo-dark'],
  'theme.color': ['--theme-color'],
  'theme.support_url': ['--theme-support'],
  'theme.privacy_url': ['--theme-privacy'],
  'theme.terms_url': ['--theme-terms'],
  'theme.forgot_password_url': ['--theme-forgot-password'],
  scope: ['--scope', '--add-scope', '--remove-scope'],
  description: ['--description'],
  descriptions: ['--description-for'],
  client_id: ['--id', '--client'],
  client_name: ['--name'],
  owner: ['--owner'],
  token_endpoint_auth_method: ['--public'],
  client_secret: ['--secret-stdin'],
  expires_at: ['--expires', '--secret-expires'],
  grant_types: ['--grant-types'],
  redirect_uris: ['--redirect-uri'],
  post_logout_redirect_uris: ['--logout-uri'],
  logo_uri: ['--logo'],
  client_uri: ['--website'],
  policy_uri: ['--privacy-policy'],
  tos_uri: ['--terms'],
  consent_message: ['--consent-message'],
  require_pkce: ['--require-pkce'],
  refresh_token_given: ['--refresh-tokens'],
  id_token_signed_response_alg: ['--id-token-alg'],
  user_id: ['--user'],
  login: ['--login'],
  email: ['--email'],
  email_verified: ['--email-verified'],
  claims: ['--claim'],
  password: ['--password-stdin'],
  jti: ['--jti'],
  limit: ['--limit'],
  after: ['--after'],
};

/** What to do about a mistake, in the words of the command line. */
const hints: Partial<Record<AdminField, Partial<Record<AdminErrorCode, string>>>> = {
  scope: { not_found: ' (add it with: tessera scope create)' },
  kid: { conflict: ': first run tessera key rotate --now' },
};

function sentenceOf({ code, field, message }: AdminError, command: Command): string {
  if (field === undefined) return message;
  const known = command.options.filter(({ long }) => optionsOf[field]?.includes(long ?? ''));
  const typed = known.find((option) => command.getOptionValueSource(option.attributeName()) === 'cli');
  // Only what was got and expected is told by `invalid`; the others are whole sentences.
  const where = (typed ?? known[0])?.long ?? (code === 'invalid' ? field : undefined);
  const hint = known.length > 0 || field === 'kid' ? (hints[field]?.[code] ?? '') : '';
  return `${where === undefined ? '' : `${where}: `}${message}${hint}`;
}

export interface PagingOptions {
  readonly limit?: number;
  readonly after?: string;
}

/** `--limit` and `--after`, which every list has. */
export const withPaging = (command: Command): Command =>
  command
    .option('--limit <number>', 'print so many at most, and how to go on (default: all)', parseLimit)
    .option('--after <cursor>', 'go on after a page, with what it printed as next');

function parseLimit(given: string): number {
  if (!/^\d{1,9}$/.test(given)) throw new InvalidArgumentError('expected a whole number');
  return Number(given);
}

interface Columns<Item> {
  readonly headings: readonly string[];
  readonly row: (item: Item) => readonly (string | null | undefined)[];
  readonly json: (item: Item) => unknown;
}

const pageSize = 500;

/** Prints a list: all of it, or one page and the cursor of the next. */
export async function printList<Item>(
  { limit, after, output }: CommonOptions & PagingOptions,
  read: (request: ListRequest) => Promise<Page<Item>>,
  { headings, row, json }: Columns<Item>,
): Promise<void> {
  if (limit !== undefined) {
    const { items, next } = await read({ limit, after });
    const more = next === null ? '' : `\n\nnext: --after ${next}`;
    print(output, present({ items: items.map(json), next }), table(headings, items.map(row)) + more);
    return;
  }
  const all: Item[] = [];
  for (let cursor = after ?? null; ; ) {
    const { items, next } = await read({ limit: pageSize, after: cursor ?? undefined });
    all.push(...items);
    if (next === null) break;
    cursor = next;
  }
  print(output, all.map(json), table(headings, all.map(row)));
}
