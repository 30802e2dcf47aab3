// The three issuers of the quickstart, with the scopes of the services whose dialects they speak.

interface CurlInput {
  readonly token_endpoint: string;
  readonly client_id: string;
  readonly client_secret: string;
  readonly scope: string;
}

const basic = ({ token_endpoint, client_id, client_secret }: CurlInput) =>
  `curl -u '${client_id}:${client_secret}' -d grant_type=client_credentials ${token_endpoint}`;

const post = ({ token_endpoint, client_id, client_secret, scope }: CurlInput) =>
  `curl -d client_id=${client_id} -d client_secret=${client_secret} -d grant_type=client_credentials ` +
  `-d 'scope=${scope.split(',').slice(0, 3).join(',')}' ${token_endpoint}`;

const named = (names: string): Record<string, string> =>
  Object.fromEntries(names.split(' ').map((name) => [name, '']));

/** On any port (RFC 8252 §7.3). */
export const demoRedirectUri = 'http://127.0.0.1/callback';

/** Scopes of an app beside those of the issuer, where users sign in. */
export const demoUserScopes = ['openid', 'profile', 'email', 'address', 'phone', 'offline_access'];

export const demoIssuers = [
  {
    issuer: { name: 'standard', location: '/', dialect: 'standard', resources: ['https://api.example.com'] },
    owner: 'Example Ltd',
    scopes: {
      'invoices.read': 'Read invoices',
      'invoices.write': 'Create and change invoices',
      'customers.read': 'Read customers',
    } as Record<string, string>,
    curl: basic,
  },
  {
    issuer: { name: 'trelica', location: '/trelica', dialect: 'trelica', resources: [] },
    owner: 'Example Ltd',
    scopes: {
      'Apps.Read': 'Read apps',
      'Apps.Users.Read': 'Read the users of apps',
      'Assets.Read': 'Read assets',
      'Assets.Write': 'Create and change assets',
      'AuditLog.Read': 'Read the audit log',
      'Contracts.Read': 'Read contracts',
      'Contracts.Write': 'Create and change contracts',
      'People.Read': 'Read people',
      'People.Write': 'Create and change people',
      'Users.Read': 'Read users',
      'Workflows.Read': 'Read workflows',
      'Workflows.Runs.Read': 'Read the runs of workflows',
      'Workflows.Runs.Execute': 'Run workflows',
    } as Record<string, string>,
    curl: basic,
  },
  {
    issuer: { name: 'tilia', location: '/tilia', dialect: 'tilia', resources: [] },
    owner: 'example',
    scopes: named(
      'delete_wallet create_nonce read_nonce delete_nonce read_payment_methods write_registrations write_user_tokens ' +
        'user_info write_invoices read_kycs write_registration_provider_data search_accounts change_accounts ' +
        'block_accounts create_wallet read_invoices read_wallet write_process_credits read_process_credits',
    ),
    curl: post,
  },
] as const;
