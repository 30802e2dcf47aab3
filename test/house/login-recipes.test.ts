// Adding a continuation or a language is one file and one line, and forgetting the line does not compile: done here to a
// copy of the sources, as docs/decisions/0013-continuations.md says, and run.

import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { asJson, cleanUp, type Project, project, type Served, serve } from '../command-line/program.ts';
import { type ScratchCopy, scratchCopy } from '../support/scratch-copy.ts';
import { didNothing, formOf, UserAgent } from '../support/user-agent.ts';

const root = join(import.meta.dirname, '../..');
const page = readFileSync(join(root, 'docs/decisions/0013-continuations.md'), 'utf8');
const [, file = ''] = /^```ts\n([\s\S]*?)^```$/m.exec(page) ?? [];
const english = readFileSync(join(root, 'packages/server/src/pages/strings/en.ts'), 'utf8');

/** A language as `de.ts` is one: here English, but for one word. */
const esperanto = english
  .replace(/export type Strings[\s\S]*$/, '')
  .replace("sign_in: 'Sign in'", "sign_in: 'Ensaluti'")
  .replace(
    'export const en = {',
    "import type { Strings } from './en.ts';\n" +
      "declare module './en.ts' { interface Languages { readonly eo: Strings } }\n" +
      'export const eo = {',
  );

const routesImport = "import type { LoginContext } from './visit/context.ts';\n";
const accountRoute = "{ path: '', get: showAccount(context) },";
/** The page that needs a signed-in user, here as one more route. */
const starter = `${accountRoute}
    {
      path: '/invitation/start',
      get: pageEndpoint(context, 'invitation', async (visit) =>
        redirect(signInHref(visit, { kind: 'invitation', code: 'WDJB-MJHT' }), visit.cookies),
      ),
    },`;
const starterImports =
  "import { signInHref } from './continuations/index.ts';\n" +
  "import { pageEndpoint } from './visit/page-endpoint.ts';\n" +
  "import { redirect } from './visit/respond.ts';\n";

const issuers = [{ name: 'standard', location: '/', dialect: 'standard' }];

let copy: ScratchCopy;
/** What the compiler said of the files alone, and then with their lines. */
let forgotten: readonly string[];
let complete: string;
beforeAll(async () => {
  copy = await scratchCopy();
  await copy.write('packages/server/src/login/continuations/invitation.ts', file);
  await copy.write('packages/server/src/pages/strings/eo.ts', esperanto);
  forgotten = (await copy.compile('server')).split('\n');
  await register(
    'packages/server/src/login/continuations/index.ts',
    'const continuations: Registry = { ',
    'invitation',
  );
  await register('packages/server/src/pages/strings/index.ts', 'const strings = { ', 'eo');
  await copy.edit('packages/server/src/login/routes.ts', accountRoute, starter);
  await copy.edit('packages/server/src/login/routes.ts', routesImport, `${routesImport}${starterImports}`);
  complete = await copy.compile('server');
}, 60_000);
afterAll(cleanUp);

/** The line: an entry of the registry, and the import that it needs. */
const register = (path: string, opening: string, name: string) =>
  copy.edit(path, opening, `import { ${name} } from './${name}.ts';\n${opening}${name}, `);

test('a file without its line does not compile, and the compiler says what is missing', () => {
  const missing = forgotten.filter((text) => text.includes('is missing'));
  expect(missing).toHaveLength(2);
  expect(missing[0]).toMatch(/login\/continuations\/index\.ts.*'invitation' is missing/);
  expect(missing[1]).toMatch(/pages\/strings\/index\.ts.*'eo' is missing/);
});

test('with their lines they compile, and so does a page that begins the sign-in', () => {
  expect(complete).toBe('');
});

describe('the new kind and the new language', () => {
  let folder: Project;
  let server: Served;
  let user: { login: string; password: string };
  const start = (at: Project) => serve(['start'], { cwd: at.folder, program: copy.program });
  beforeAll(async () => {
    folder = await project({ issuers });
    server = await start(folder);
    const run: Project['run'] = (args) => folder.run(args, { program: copy.program });
    user = await asJson(run)(['user', 'create', '--login', 'ann']);
  });
  afterAll(() => server.end());

  const begin = async (agent: UserAgent) =>
    agent.follow(await agent.get(`${server.json.origin}/account/invitation/start`));

  test('the kind is named on the sign-in page, also after a wrong password, and is what the sign-in comes back to', async () => {
    const agent = new UserAgent();
    const first = await begin(agent);
    expect(first.url).toMatch(/\/account\/sign-in\?continuation=[\w-]+$/);
    expect(first.url).not.toContain('WDJB');
    expect(first.text).toContain('the team');
    const wrong = await agent.submit(formOf(first, '/sign-in'), { login: user.login, password: 'wrong' });
    expect(wrong.status).toBe(422);
    expect(wrong.text).toContain('the team');
    const done = await agent.submit(formOf(wrong, '/sign-in'), user);
    expect(done.location).toBe(`${server.json.origin}/account/invitation?code=WDJB-MJHT&answer=signed_in`);
  });

  test('the kind cannot be written by hand, nor its form sent by another browser or for another continuation', async () => {
    const agent = new UserAgent();
    const first = await begin(agent);
    const other = await begin(new UserAgent());
    const forged = first.url.replace(/.(?=.{8}$)/, (letter) => (letter === 'A' ? 'B' : 'A'));
    expect((await agent.get(forged)).status).toBe(403);
    const form = formOf(first, '/sign-in');
    expect((await agent.submit({ ...form, action: forged }, user)).status).toBe(403);
    expect(didNothing(await agent.submit({ ...form, action: other.url }, user))).toBe(true);
    expect(didNothing(await new UserAgent().submit(form, user))).toBe(true);
    expect((await agent.submit(form, user)).status).toBe(303);
  });

  test('the kind is signed in for on the company’s own page, too, and told of a refusal', async () => {
    const secret = randomBytes(32).toString('base64');
    const login = { url: 'https://www.example.com/sign-in', secret_file: 'secret' };
    const own = await project({ login, issuers });
    await writeFile(join(own.folder, login.secret_file), secret);
    const elsewhere = await start(own);
    const agent = new UserAgent();
    const sent = await agent.follow(await agent.get(`${elsewhere.json.origin}/account/invitation/start`));
    const ticket = new URL(sent.location ?? '').searchParams.get('ticket');
    const answered = await fetch(`${elsewhere.json.origin}/account/tickets`, {
      method: 'POST',
      headers: { authorization: `Bearer ${secret}`, 'content-type': 'application/json' },
      body: JSON.stringify({ ticket, error: 'access_denied' }),
    });
    const { redirect_to } = (await answered.json()) as { redirect_to: string };
    expect((await agent.get(redirect_to)).location).toBe(
      `${elsewhere.json.origin}/account/invitation?code=WDJB-MJHT&answer=refused`,
    );
    await elsewhere.end();
  });

  test('the language is spoken, and named in the metadata', async () => {
    const shown = await new UserAgent({ 'accept-language': 'eo-XX, en;q=0.5' }).get(
      `${server.json.origin}/account/sign-in`,
    );
    expect(shown.text).toContain('<html lang="eo">');
    expect(shown.text).toContain('Ensaluti');
    const metadata = await fetch(`${server.json.origin}/.well-known/openid-configuration`);
    expect(await metadata.json()).toMatchObject({ ui_locales_supported: expect.arrayContaining(['eo']) });
  });
});
