// tessera issuer: list, create, show.

import { Command } from 'commander';
import { issuerLocation, issuerName, resource, signingAlg, tokenLifetime } from '../config/schema.ts';
import { validate } from '../config/validation.ts';
import { publicUrl } from '../instance/issuers.ts';
import type { ServedIssuer } from '../model.ts';
import { UsageError } from '../model.ts';
import { createIssuer } from '../store/tables/issuers.ts';
import {
  type CommonOptions,
  chooseIssuer,
  collect,
  examples,
  fields,
  print,
  table,
  withCommon,
  withInstance,
} from './common.ts';

interface CreateOptions extends CommonOptions {
  readonly location: string;
  readonly dialect: string;
  readonly signingAlg?: string;
  readonly lifetime?: string;
  readonly resource?: readonly string[];
}

const describe = ({
  name,
  issuer,
  dialect,
  signing_alg,
  access_token_lifetime,
  resources,
  scopes,
}: ServedIssuer) => ({
  name,
  issuer,
  dialect: dialect.name,
  signing_alg,
  access_token_lifetime,
  resources,
  scopes,
  token_endpoint: issuer + dialect.paths.token,
  jwks_uri: issuer + dialect.paths.jwks,
});

export function issuerCommand(): Command {
  const command = new Command('issuer').description(
    'identities that sign tokens, each with its dialect, clients and keys',
  );
  withCommon(command.command('list'))
    .description('list the issuers')
    .addHelpText('after', examples('tessera issuer list', 'tessera issuer list --output json'))
    .action((options: CommonOptions) =>
      withInstance(options, async (_instance, issuers) => {
        const rows = issuers.map(({ name, issuer, dialect, signing_alg }) => [
          name,
          issuer,
          dialect.name,
          signing_alg,
        ]);
        print(options.output, issuers.map(describe), table(['name', 'issuer', 'dialect', 'alg'], rows));
      }),
    );
  withCommon(command.command('show <name>'))
    .description('show one issuer')
    .addHelpText('after', examples('tessera issuer show standard'))
    .action((name: string, options: CommonOptions) =>
      withInstance(options, async (_instance, issuers) => {
        const shown = describe(chooseIssuer(issuers, name));
        print(options.output, shown, fields(shown));
      }),
    );
  withCommon(command.command('create <name>'))
    .description('create an issuer and its first signing key')
    .requiredOption('--location <where>', 'a path below the public URL, or a URL of its own')
    .option('--dialect <name>', 'how it is spelled on the wire', 'standard')
    .option('--signing-alg <alg>', 'one of the algorithms of the dialect (default: its first)')
    .option('--lifetime <seconds>', 'of access tokens (default: the dialect’s)')
    .option(
      '--resource <uri>',
      'an API that tokens are for; may be repeated, the first is the default',
      collect,
    )
    .addHelpText(
      'after',
      examples(
        'tessera issuer create partners --location /partners',
        'tessera issuer create eu --location https://auth.example.eu --signing-alg EdDSA --resource https://api.example.eu',
      ),
    )
    .action(create);
  return command;
}

async function create(name: string, options: CreateOptions): Promise<void> {
  await withInstance(options, async (instance, issuers) => {
    const { location, dialect: dialectName } = options;
    validate(issuerName, name, 'name');
    validate(issuerLocation, location, '--location');
    if (issuers.some((issuer) => issuer.name === name))
      throw new UsageError(`issuer ${name}: exists already`);
    const dialect = instance.config.dialectsByName.get(dialectName);
    if (dialect === undefined) {
      const names = [...instance.config.dialectsByName.keys()].join(', ');
      throw new UsageError(`--dialect: got "${dialectName}", expected one of ${names}`);
    }
    const signing_alg =
      options.signingAlg === undefined ? null : validate(signingAlg, options.signingAlg, '--signing-alg');
    if (signing_alg !== null && !dialect.access_token.algs.includes(signing_alg)) {
      const algs = dialect.access_token.algs.join(', ');
      throw new UsageError(
        `--signing-alg: got "${signing_alg}", expected one of ${algs} for dialect ${dialectName}`,
      );
    }
    const access_token_lifetime =
      options.lifetime === undefined
        ? null
        : validate(tokenLifetime, wholeNumber(options.lifetime), '--lifetime');
    const resources = (options.resource ?? []).map((uri) => validate(resource, uri, '--resource'));
    const stored = {
      name,
      location,
      dialect: dialectName,
      signing_alg,
      access_token_lifetime,
      resources,
      theme: null,
    };
    const url = location.startsWith('/')
      ? publicUrl(instance.config) + location.replace(/^\/$/, '')
      : location;
    const taken = issuers.find(({ issuer }) => issuer === url);
    if (taken !== undefined || !(await createIssuer(instance.store.db, stored, Date.now()))) {
      throw new UsageError(
        `--location: got "${location}", but ${taken?.name ?? 'another issuer'} has it already`,
      );
    }
    const created = (await instance.loadIssuers()).filter((issuer) => issuer.name === name);
    await instance.keyring.maintain(created, instance.config.key_rotation);
    const shown = describe(chooseIssuer(created, name));
    print(options.output, shown, fields(shown));
  });
}

/** A number where it is one; else as it was written, for the message. */
const wholeNumber = (text: string): number | string => (/^\d+$/.test(text) ? Number(text) : text);
