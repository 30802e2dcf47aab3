// Called or configured wrongly: one line that says so, exit code 2, and never a stack trace.

import { spawnSync } from 'node:child_process';
import { mkdir, readdir, stat, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { emptyProjectInProcess, expectRefusal, inProcess, projectInProcess } from './in-process.ts';
import { cleanUp, expectMistake, program, project, temporaryFolder, tessera } from './program.ts';

let folder: string;
let occupied: Server;
let port: string;

beforeAll(async () => {
  folder = await temporaryFolder();
  occupied = createServer();
  await new Promise<void>((resolve) => occupied.listen(0, '127.0.0.1', resolve));
  port = String((occupied.address() as AddressInfo).port);
});
afterAll(async () => {
  occupied.close();
  await cleanUp();
});

describe('the command line', () => {
  test.concurrent.each<[args: string[], what: RegExp]>([
    [['quickstart', '--port', '99999'], /--port.*99999.*0 to 65535/],
    [['quickstart', '--unheard-of'], /unknown option.*--unheard-of/],
    [['unheard-of'], /unknown command.*unheard-of/],
  ])('%j', async (args, what) => expectMistake(await tessera(args), what));

  test.each<[args: string[], what: RegExp]>([
    [['quickstart', '--port', 'http'], /--port.*http.*0 to 65535/],
    [['quickstart', '--port', '-1'], /--port.*-1.*0 to 65535/],
    [['quickstart', '--output', 'xml'], /--output.*xml.*text, json, yaml/],
    [['quickstart', '--data', ''], /--data: got "", expected a folder/],
    [
      ['quickstart', '--host', '256.1.1.1'],
      /listen\.host: got "256\.1\.1\.1", expected a host name or an IP/,
    ],
    // Nothing typed moves the cursor, or turns the text around it.
    [['unheard-\u001b[31mof'], /unknown command 'unheard-\\u\{1b\}\[31mof'/],
    [['quickstart', '--host', '\u202Ea'], /\\u\{202e\}a/],
    [['quickstart', 'extra'], /too many arguments.*extra/],
    [['client', 'show'], /missing required argument.*client_id/],
    [['client', 'unheard-of'], /unknown command.*unheard-of/],
    [['client', 'creat'], /unknown command 'creat' \(did you mean create\?\)/],
    [['client', 'create', '--nam', 'x'], /unknown option '--nam' \(did you mean --name\?\)/],
    [['help', 'unheard-of'], /unknown command.*unheard-of/],
    [['help', 'client', 'creat'], /help: unknown command 'creat', expected one of list, show, create/],
    [['help', 'dialect', 'list', 'x'], /help: dialect list has no commands of its own, got "x"/],
    [['--output', 'json', 'client', 'list'], /--output: options stand behind the command/],
    [['--unheard-of'], /unknown option '--unheard-of'/],
    [['token', 'revoke', '--jti'], /option '--jti <jti>' argument missing/],
    [
      ['client', 'create', '--require-pkce', 'maybe'],
      /got "maybe", expected one of yes, no, or '': as the dialect/,
    ],
    [['user', 'create'], /--login: got nothing, expected what is typed to sign in/],
    [
      ['scope', 'create', 'a', '--description-for', 'de'],
      /--description-for: got "de", expected a language, an/,
    ],
    [['start', '--workers', '0'], /--workers: got "0", expected a number from 1 to 256, or auto/],
    [['completion', 'tcsh'], /tcsh.*bash, zsh, fish/],
    [['issuer', 'create', 'a'], /--location/],
    [['config', 'check', '--config', ''], /--config: got "", expected a file such as tessera\.yaml/],
    [['client', 'list', '-c', ''], /--config: got "", expected a file/],
    [
      ['config', 'check', '--config', 'missing.yaml'],
      /missing\.yaml: cannot read it \(no such file or directory\)/,
    ],
  ])('%j, in this process', expectRefusal);

  test('all mistakes of one command are told at once, and nothing is done', async () => {
    const { code, stdout, stderr } = await inProcess([
      ...['issuer', 'create', 'a', 'b', '--lifetime', 'x', '--output', 'xml', '--vouched-users', 'x'],
      ...['--config', 'missing.yaml'],
    ]);
    expect(stderr.split('\n')).toEqual([
      'tessera: --lifetime: got "x", expected a whole number of seconds, such as 3600, or \'\': the dialect’s',
      'tessera: --output: got "xml", expected one of text, json, yaml',
      'tessera: --vouched-users: got "x", expected one of own, any',
      'tessera: --location: got nothing, expected a path below the public URL, or a URL of its own',
      "tessera: too many arguments for 'create'. Expected 1 argument but got 2: a, b.",
      '',
    ]);
    expect([code, stdout]).toEqual([2, '']);
    const strangers = await inProcess(['client', 'create', '--nam', 'x', '--typ', 'y', '--limit', '1']);
    expect(strangers.stderr).toMatch(/^.*'--nam' \(did you mean --name\?\)\n.*'--typ'.*\n.*'--limit'.*\n$/);
  });

  test.concurrent('a slip of the finger is named', async () => {
    expectMistake(await tessera(['quickstrt']), /unknown command 'quickstrt' \(did you mean quickstart\?\)/);
  });

  test.concurrent('an unknown TESSERA_ variable is not passed over', async () => {
    const env = { TESSERA_LISTEN_PROT: '1', TESSERA_LISTEN_PROTS: '1' };
    const { code, stderr } = await tessera(['config', 'check'], { cwd: folder, env });
    expect(stderr).toMatch(/^.*LISTEN_PROT: unknown variable.*\n.*LISTEN_PROTS: unknown variable.*\n$/);
    expect(code).toBe(2);
  });
});

describe('the machine', () => {
  test.concurrent('a port in use', async () => {
    const data = join(folder, 'port-in-use');
    const finished = await tessera(['quickstart', '--port', port, '--data', data]);
    expectMistake(finished, new RegExp(`port ${port} on 127\\.0\\.0\\.1 is in use`));
    await expect(stat(data)).rejects.toThrow('ENOENT');
  });

  test.concurrent.each([
    ['listen', ['start']],
    ['listen', ['start', '--workers', '2']],
    ['management', ['start']],
  ])('a port in use of %s: %j makes no deployment', async (key, args) => {
    const { run, folder: place } = await project({ [key]: { port: Number(port) } });
    const finished = await run(args);
    expectMistake(finished, new RegExp(`port ${port} on 127\\.0\\.0\\.1 is in use`));
    expect(finished.stderr).not.toContain('--port');
    expect(await readdir(place)).toEqual(['tessera.yaml']);
  });

  test.concurrent('an address of another machine', async () => {
    const data = join(folder, 'address');
    const args = ['quickstart', '--host', '203.0.113.7', '--port', '0', '--data', data];
    expectMistake(await tessera(args), /203\.0\.113\.7 is no address of this machine/);
  });

  test.concurrent.each(['quickstart', 'start'])('%s: a data folder that cannot be', async (command) => {
    const file = join(folder, `file-${command}`);
    await writeFile(file, '');
    const data = join(file, 'below');
    const quick = ['quickstart', '--port', '0', '--data', data];
    const { run } = await project({ data });
    const finished = await (command === 'start' ? run(['start']) : tessera(quick));
    expectMistake(finished, `data: got "${data}", which cannot be used`);
  });

  test.concurrent('a database that is none', async () => {
    const { run, folder: data } = await project({ data: '.' });
    await writeFile(join(data, 'tessera.db'), 'not a database'.repeat(20));
    expectMistake(await run(['client', 'list']), /cannot be used \(file is not a database\)/);
  });
});

// As in “tessera client list | head -1”: the reader has read enough.
test('a reader that leaves early is no fault', async () => {
  const { file } = await projectInProcess({});
  const command = `"$0" "$1" issuer list --config "$2" | true`;
  const { stdout, stderr } = spawnSync('sh', ['-c', command, process.execPath, program, file], {
    encoding: 'utf8',
  });
  expect({ stdout, stderr }).toEqual({ stdout: '', stderr: '' });
});

describe('the file of quickstart', () => {
  test.concurrent.each([
    ['cut short', '{"standard":'],
    ['null', 'null'],
    ['without what it must hold', '{}'],
    ['of other members', '{"standard":{"client_id":"a"}}'],
  ])('%s', async (what, text) => {
    const data = join(folder, `corrupted ${what}`);
    await mkdir(data);
    await writeFile(join(data, 'quickstart.json'), text);
    const finished = await tessera(['quickstart', '--port', '0', '--data', data]);
    expectMistake(finished, /quickstart\.json/);
  });
});

describe('the configuration', () => {
  test.concurrent('every mistake has a line of its own', async () => {
    const { run } = await project({ log_level: 'loud', listen: { port: 70_000 } });
    const { code, stderr } = await run(['start']);
    expect(stderr.trim().split('\n')).toEqual([
      'tessera: tessera.yaml:2:3: listen.port: got 70000, expected a whole number from 0 to 65535, such as 8080',
      'tessera: tessera.yaml:4:1: log_level: got "loud", expected one of fatal, error, warn, info, debug',
    ]);
    expect(code).toBe(2);
  });

  test('another name for an issuer, at the place of the old one', async () => {
    const { run, file } = await projectInProcess({ issuers: [{ name: 'old', location: '/' }] });
    expect((await run(['issuer', 'list'])).code).toBe(0);
    await writeFile(file, 'data: data\nlisten: {port: 0}\nissuers: [{name: new, location: /}]\n');
    expectMistake(
      await run(['start']),
      /tessera\.yaml: issuers\[0\]\.name: got "new", but the issuer at "\/" is old, and no issuer is renamed/,
    );
  });

  test.each([
    ['one', { log_level: 'loud' }, [{ key: 'log_level', got: '"loud"', expected: /^one of fatal/ }]],
    [
      'several',
      { listen: { port: 70_000 }, issuers: [{ name: 'a', location: '/', resources: ['x'] }] },
      [
        { key: 'listen.port', got: '70000', expected: /^a whole number from 0 to 65535/ },
        { key: 'issuers[0].resources[0]', got: '"x"', expected: /^an absolute URI/ },
      ],
    ],
    ['a key that is none', { lisen: 1 }, [{ key: 'lisen', expected: /known key/ }]],
    ['a contradiction', { public_url: 'https://a.example' }, [{ key: 'public_url', expected: /^tls/ }]],
    [
      'words',
      { issuers: [{ name: 'a', location: '/', theme: { name: '\u202Ea' } }] },
      [{ key: 'issuers[0].theme.name', expected: /can be seen/ }],
    ],
    [
      'twice',
      { issuers: [{ name: 'a', location: '/', resources: ['a:b', 'a:b'] }] },
      [{ key: 'issuers[0].resources', expected: /once/ }],
    ],
  ])('mistakes for programs: %s', async (_what, config, errors) => {
    const { run } = await emptyProjectInProcess(config);
    for (const [output, read] of [
      ['json', JSON.parse],
      ['yaml', (text: string) => parse(text)],
    ] as const) {
      const { code, stdout, stderr } = await run(['config', 'check', '-o', output]);
      expect([code, stderr]).toEqual([2, '']);
      expect(read(stdout)).toMatchObject({
        valid: false,
        errors: errors.map(({ expected, ...same }) => ({
          ...same,
          expected: expect.stringMatching(expected),
        })),
      });
    }
  });

  test.concurrent('two issuers that would publish one URL', async () => {
    const { run, file, folder } = await project();
    await writeFile(
      join(folder, 'short.yaml'),
      'name: short\nextends: standard\npaths: {token: /token, jwks: /keys}\n',
    );
    for (const [other, what] of [
      [
        '{name: b, location: /oauth2, dialect: short}',
        /issuers\[1\]\.location: got "\/oauth2", but issuer a answers at/,
      ],
      [
        '{name: b, location: "http://127.0.0.1:8080"}',
        /issuers\[1\]\.location: .* but issuer a has it already/,
      ],
    ] as const) {
      await writeFile(file, `dialects: [short.yaml]\nissuers: [{name: a, location: /}, ${other}]\n`);
      for (const command of [['config', 'check'], ['start']]) expectMistake(await run(command), what);
    }
  });

  test.concurrent('a YAML tag that nobody knows', async () => {
    const { run, folder } = await project();
    await writeFile(join(folder, 'tessera.yaml'), 'data: !unheard-of data\n');
    expectMistake(await run(['config', 'check']), /tessera\.yaml:1:7: .*!unheard-of/);
  });

  test.concurrent('a proxy that is no address', async () => {
    const { run } = await project({ trust_proxy: ['nonsense'] });
    expectMistake(await run(['start']), /tessera\.yaml:5:5: trust_proxy.*"nonsense"/);
  });

  test.concurrent('a master key file in a folder that does not exist', async () => {
    const { run } = await project({ master_key_file: 'nowhere/master.key' });
    expectMistake(await run(['migrate']), /nowhere\/master\.key/);
    expectMistake(
      await run(['config', 'check']),
      /master_key_file: got ".*nowhere.*its folder does not exist/,
    );
  });
});
