// What a client of a vendor has where its request names no scope: the scopes that were seen at the service itself, or that
// its documentation has in an example. A test that names none then gets what it would get there.

export const vendorScopes: Readonly<Record<string, readonly string[]>> = {
  trelica: [
    'Apps.Read',
    'Apps.Users.Read',
    'Assets.Read',
    'Assets.Write',
    'AuditLog.Read',
    'Contracts.Read',
    'Contracts.Write',
    'People.Read',
    'People.Write',
    'Users.Read',
    'Workflows.Read',
    'Workflows.Runs.Read',
    'Workflows.Runs.Execute',
  ],
  salesforce: ['api'],
  shopify: ['write_orders', 'read_customers'],
  zoom: ['user:read:admin', 'meeting:read:admin'],
};
