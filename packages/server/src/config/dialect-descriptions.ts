// What each field of a dialect is, in a sentence: for editors, which show it beside the field. docs/dialects.md says more.

/** By the path of the field; those of rules, which stand at any depth, below `rule`. */
export const descriptions: Readonly<Record<string, string>> = {
  $schema: 'Where the editor finds this schema; the server does not read it.',
  extends:
    'The dialect that this one builds on: built in, of the gallery, or your own. Only what differs is written; null takes a member away.',
  name: 'The name by which an issuer speaks this dialect: lower-case letters, digits and hyphens.',
  issuer: 'The issuer identifier.',
  'issuer.trailing_slash':
    'Whether the issuer identifier ends in a slash; its endpoints are where they would be without.',
  paths: 'The paths of the endpoints, below the URL of the issuer.',
  'paths.token': 'Where clients get tokens.',
  'paths.introspection': 'Where an API asks whether a token is active (RFC 7662).',
  'paths.revocation': 'Where a client ends a token (RFC 7009).',
  'paths.jwks': 'Where the public keys are (RFC 7517).',
  'paths.deny_list': 'Where APIs read which tokens were revoked. Absent: no list is published.',
  'paths.authorization': 'Where an app sends the browser of a user. Required with authorization_code.',
  'paths.userinfo': 'Where an app learns about the user (OpenID Connect).',
  'paths.end_session': 'Where an app sends a user to sign out (OpenID Connect).',
  'paths.user_token': 'Where a client gets a token for a user by itself, as with Tilia.',
  client_authentication:
    'How clients may show who they are: by HTTP Basic, by a secret in the body, or not at all (public clients).',
  redundant_credentials:
    'What becomes of a request with the same credentials twice: refused (the default), or ignored.',
  parameters_from:
    'Where parameters are read: the body, or also the query of the URL, which ends up in logs.',
  grant_types: 'How clients may get tokens.',
  requests: 'How requests are spelled, where they are not as RFC 6749 has them.',
  'requests.media': 'The forms of a body: form, or also json. Absent: form alone.',
  'requests.otherwise': 'What is meant where a request leaves a parameter out.',
  'requests.otherwise.grant_type': 'The grant of a token request that names none.',
  'requests.otherwise.response_type': 'The response type of an authorization request that names none.',
  'requests.names':
    'Other names of parameters, and the standard names that they stand for, such as { secret: client_secret }.',
  'requests.grant_types': 'Other values of grant_type, and the grants that they stand for.',
  client_credentials: 'The grant for a client itself.',
  'client_credentials.excluded_scopes':
    'Scopes that a client does not have where it asks for itself. Absent: openid and offline_access.',
  authorization_code: 'The grant by which a user allows a client. Required with that grant type.',
  'authorization_code.lifetime': 'Seconds that a code is good for, 10 to 600.',
  'authorization_code.pkce': 'Who must use PKCE: all clients, or only those without a secret.',
  'authorization_code.scope_required': 'Whether an authorization request must name its scope.',
  'authorization_code.redirect_uri_repeated':
    'Whether the token request must repeat the redirect URI. Absent: it must.',
  refresh_token: 'How clients get new access tokens without the user.',
  'refresh_token.given':
    'What gives refresh tokens: offline_access (the default), always, a scope, or a parameter with a value.',
  'refresh_token.given.scope': 'The scope that asks for a refresh token.',
  'refresh_token.given.parameter': 'The parameter that asks for a refresh token.',
  'refresh_token.given.value': 'The value of that parameter.',
  scope: 'How scopes are written.',
  'scope.delimiter': 'What joins scopes in answers: a space or a comma.',
  'scope.accepts': 'What may separate scopes in requests; the delimiter is among them.',
  'scope.repeatable': 'Whether scope may stand several times in a request.',
  'scope.required': 'Whether a request must name a scope; if not, one without gets all scopes of the client.',
  expires_in: 'The JSON type of expires_in where its rule names none. Absent: number.',
  answer:
    'The members of a token answer, in order, and where each comes from. Replaces that of the other dialect as a whole.',
  answer_media:
    'The forms of the answer, of which a client chooses by Accept; else the first. Absent: json alone.',
  access_token: 'What access tokens look like.',
  'access_token.algs':
    'Signing algorithms; the first is the default, and an issuer may choose another of them.',
  'access_token.lifetime': 'Seconds that a token is good for; an issuer may set another lifetime.',
  'access_token.header': 'The header of the token, beside alg.',
  'access_token.header.typ': 'The typ of the header; null for none.',
  'access_token.header.kid': 'Whether the header names the key.',
  'access_token.claims':
    'The claims, in order, and where each comes from. Replaces those of the other dialect as a whole.',
  'access_token.claims.from': 'The source of the claim.',
  'access_token.claims.otherwise': 'What the claim is where the source has no value.',
  'access_token.claims.value': 'What the claim always is.',
  credentials: 'The shape of credentials that are generated.',
  'credentials.client_id': 'A uuid, or a token of 22 random characters.',
  'credentials.client_secret': 'A uuid, or a token of 43 random characters.',
  headers: 'The headers of every answer with a body; a Cache-Control with no-store among them.',
  errors: 'How errors are spelled.',
  'errors.status': 'HTTP statuses other than 400, by the standard error code.',
  'errors.challenge': 'Whether a 401 has a WWW-Authenticate.',
  'errors.body':
    'The members of the body: a list of error and error_description, or an object that says where each member comes from.',
  'errors.describe': 'Texts in place of the server’s own, by the standard error code.',
  'errors.rename': 'Other names of errors, by the standard error code or by a reason of the log.',
  'rule.from': 'The source of the member.',
  'rule.otherwise': 'What the member is where the source has no value; without it, the member is left out.',
  'rule.as': 'How a number is written: as a number, a string, or a moment such as 2026-01-31T12:00:00Z.',
  'rule.unit': 'Seconds or milliseconds.',
  'rule.grant_types': 'The grants whose answers have the member. Absent: all.',
  'rule.value': 'What the member always is.',
  'rule.members': 'The member is an object, with these members.',
  'rule.list': 'The member is a list, of these.',
  'rule.by_error': 'What the member is, by the standard error code.',
};
