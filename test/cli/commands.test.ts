import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { hostname, userInfo } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { commands } from '../../src/cli/commands.ts';
import { dataFolder, preau, processesNaming, REPOSITORY, senders } from '../support/processes.ts';
import { randomSecrets } from '../support/stores.ts';
import { environmentOf } from '../support/world.ts';
import { type Instance, openInstance } from './instance.ts';

const ROSTER = join(REPOSITORY, 'demo/roster/deux-etablissements.csv');
const CLASS = ['--school', '0990101Q', '--class', '6A'];

let instance: Instance;
let file: (name: string, text: string) => string;
beforeAll(async () => {
  instance = await openInstance();
  file = (name, text) => {
    const path = join(instance.folder, name);
    writeFileSync(path, text);
    return path;
  };
}, 60_000);
afterAll(() => instance.stop());

function databaseOf({ folder }: Instance): pg.Client {
  return new pg.Client({ host: join(folder, 'run/pg'), user: 'preau_owner', database: 'preau' });
}

describe('the process', () => {
  it('prints on stdout, complains on stderr, and ends with the code', async () => {
    const help = await preau(instance.environment, ['clients', 'list', '--help']);
    expect({ ...help, stdout: help.stdout.split('\n')[0] }).toEqual({
      code: 0,
      stdout: 'npx preau clients list [options]',
      stderr: '',
    });
    const listed = await preau(instance.environment, ['crisis', 'list', '--json']);
    expect({ ...listed, stdout: JSON.parse(listed.stdout) }).toEqual({ code: 0, stdout: [], stderr: '' });
    const refused = await preau(instance.environment, ['clients', 'show', 'nobody', '--json']);
    expect({ code: refused.code, says: refused.stderr.trim() !== '' }).toEqual({ code: 1, says: true });
    expect((await preau(instance.environment, ['nothing'])).code).toBe(2);
  }, 60_000);
});

describe('help', () => {
  it('of every command names it, its operands and each of its options, and is no failure', async () => {
    for (const { name, operands = '', options = {} } of commands) {
      const { code, stdout, stderr } = await instance.run(...name.split(' '), '--help');
      expect({ name, code, stderr }).toEqual({ name, code: 0, stderr: '' });
      for (const word of [name, operands, '--json', ...Object.keys(options).map((option) => `--${option}`)])
        expect(stdout).toContain(word);
    }
  });

  it('of all of it, and of a noun, lists every command of it', async () => {
    const all = await instance.run('--help');
    expect(all.code).toBe(0);
    for (const { name } of commands) expect(all.stdout).toContain(name);
    const clients = await instance.run('clients', '--help');
    expect(clients.code).toBe(0);
    expect(clients.stdout).toContain('clients rotate-secret');
    expect(clients.stdout).not.toContain('crisis apply');
  });
});

describe('wrong usage', () => {
  const wrong = [
    ['nothing'],
    ['roster', 'nothing'],
    ['clients', 'list', '--nonsense'],
    ['clients', 'list', 'operand'],
    ['clients', 'create', '--json'],
    ['clients', 'create', '--from', '/nowhere.json'],
    ['clients', 'show'],
    ['clients', 'rotate-secret', 'one', 'two'],
    ['clients', 'delete', '--json'],
    ['roster', 'plan'],
    ['roster', 'apply'],
    ['roster', 'generate', '/tmp/nowhere', '--schools', 'many', '--pupils', '1', '--seed', '1'],
    ['letters', 'print'],
    ['letters', 'print', ...CLASS, '--out', '/nowhere/letters.pdf'],
    [
      'officers',
      'invite',
      '--given-name',
      'A',
      '--family-name',
      'B',
      '--mail',
      'a@b.fr',
      '--out',
      '/nowhere/a.pdf',
    ],
    ['letters', 'hand-over', '--json'],
    ['activation', 'open', '--school', '0990101Q'],
    ['activation', 'close'],
    ['rights', 'grant', '1', '--role', 'king', '--school', '0990101Q'],
    ['rights', 'revoke'],
    ['officers', 'invite', '--first'],
    ['officers', 'approve'],
    ['alarms', 'show'],
    ['canaries', 'create'],
    ['canaries', 'letter', '--school', '0990101Q'],
    ['alarms', 'close', 'one', 'two'],
    ['crisis', 'apply', 'nonsense', '--scope', 'all'],
    ['crisis', 'apply', 'freeze'],
    ['crisis', 'apply', 'freeze', '--scope', 'nonsense'],
    ['crisis', 'end', '--json'],
    ['keys', 'revoke'],
    ['keys', 'rotate', '--alg', 'HS256'],
  ];

  it('ends with 2, a sentence on stderr and nothing on stdout', async () => {
    for (const args of wrong) {
      const { code, stdout, stderr } = await instance.run(...args);
      expect({ args, code, stdout }).toEqual({ args, code: 2, stdout: '' });
      expect(stderr).toMatch(/\S/);
      expect(stderr).not.toMatch(/^\s+at /m);
    }
  });
});

describe('one JSON document and nothing else', () => {
  type WithId = { id: string };

  it('from rosters', async () => {
    expect(await instance.done('db', 'migrate')).toEqual({ applied: [] });
    const made = join(instance.folder, 'made');
    await instance.done('roster', 'generate', made, '--schools', '1', '--pupils', '5', '--seed', '3');
    await instance.refused('roster', 'plan', file('not-a-roster.csv', 'nonsense\n'));
    const { id } = await instance.done<WithId>('roster', 'plan', ROSTER);
    expect(await instance.done('roster', 'apply', id)).toMatchObject({ id, state: 'applied' });
    await instance.refused('roster', 'apply', '00000000-0000-4000-8000-000000000000');
    await instance.refused('roster', 'undo', '00000000-0000-4000-8000-000000000000');
    expect(await instance.done('roster', 'list')).toMatchObject([{ id, state: 'applied' }]);
    expect(await instance.done('messages', 'list')).toEqual(expect.any(Array));
  }, 60_000);

  it('from letters and windows', async () => {
    const out = join(instance.folder, 'letters.pdf');
    const printed = await instance.done<{ batches: string[] }>('letters', 'print', ...CLASS, '--out', out);
    expect(existsSync(out)).toBe(true);
    const [batch = ''] = printed.batches;
    await instance.refused('letters', 'print', '--school', '0000000A', '--out', `${out}.2`);
    expect(existsSync(`${out}.2`)).toBe(false);
    expect(await instance.done('letters', 'batches')).toMatchObject([{ id: batch }]);
    await instance.refused('letters', 'batches', '--school', '0000000A');
    await instance.done('letters', 'hand-over', batch, '--only', '1');
    await instance.refused('letters', 'hand-over', batch, '--only', '999');
    const { id } = await instance.done<WithId>('activation', 'open', ...CLASS, '--minutes', '5');
    await instance.refused('activation', 'open', '--school', '0990101Q', '--class', '9Z');
    expect(await instance.done('activation', 'list')).toMatchObject([{ id }]);
    await instance.done('activation', 'close', id);
    await instance.refused('activation', 'close', id);
  }, 60_000);

  interface Client {
    client_id: string;
    client_secret: string;
  }

  it('from relying parties', async () => {
    const named = ['--name', 'Emploi du temps', '--redirect-uri', 'http://localhost:3001/callback'];
    const made = await instance.done<Client>('clients', 'create', ...named, '--publisher', 'Tilleul');
    expect(made).toMatchObject({ id_token_signed_response_alg: 'ES256', client_name: 'Emploi du temps' });
    expect(made.client_secret).toMatch(/^[A-Za-z0-9]{32,}$/);
    const bad = ['--name', 'Emploi du temps', '--redirect-uri', 'http://elsewhere.example/'];
    expect(await instance.refused('clients', 'create', ...bad)).toMatchObject({ outcome: 'invalid' });
    const shown = await instance.done<object>('clients', 'show', made.client_id);
    expect(JSON.stringify(shown)).not.toContain(made.client_secret);
    await instance.refused('clients', 'show', 'nobody');
    const rotated = await instance.done<Client>('clients', 'rotate-secret', made.client_id);
    expect(rotated.client_secret).not.toBe(made.client_secret);
    await instance.refused('clients', 'rotate-secret', 'nobody');
    await instance.done('clients', 'delete', made.client_id);
    await instance.refused('clients', 'delete', made.client_id);
    expect(await instance.done('clients', 'list')).toEqual([]);
  }, 60_000);

  it('from a file of registrations, one or a list; ids and secrets in it are kept', async () => {
    const metadata = (name: string) => ({
      client_name: name,
      redirect_uris: ['https://app.example.fr/callback?school=1'],
    });
    const one = { ...metadata('Une'), client_id: 'une1', client_secret: 'aSecretThatWasKnownBefore' };
    const single = await instance.done('clients', 'create', '--from', file('one.json', JSON.stringify(one)));
    expect(single).toMatchObject(one);
    expect(single).toMatchObject({ id_token_signed_response_alg: 'RS256' });
    const two = [metadata('Deux'), metadata('Trois')];
    const list = await instance.done('clients', 'create', '--from', file('two.json', JSON.stringify(two)));
    expect(list).toMatchObject([{ client_name: 'Deux' }, { client_name: 'Trois' }]);
    const again = [metadata('Quatre'), one];
    const taken = await instance.refused(
      'clients',
      'create',
      '--from',
      file('again.json', JSON.stringify(again)),
    );
    expect(taken).toMatchObject({ outcome: 'taken', registered: [{ client_name: 'Quatre' }] });
    const forPeople = [metadata('Cinq'), one];
    const { code, stdout } = await instance.run(
      ...['clients', 'create', '--from', file('for-people.json', JSON.stringify(forPeople))],
    );
    expect([code, stdout]).toEqual([1, expect.stringMatching(/^client_secret {2}[A-Za-z0-9]{32,} /m)]);
    expect(await instance.done('clients', 'list')).toHaveLength(5);
  }, 60_000);

  it('from orders', async () => {
    const ordering = ['crisis', 'apply', 'freeze', '--scope', 'profile=pupil'];
    const order = await instance.done<WithId>(...ordering);
    expect(order).toMatchObject({ measure: 'freeze', scope: { profile: ['pupil'] } });
    await instance.refused('crisis', 'apply', 'void-codes', '--scope', 'all');
    expect(await instance.done('crisis', 'list')).toMatchObject([{ id: order.id, state: 'in-force' }]);
    await instance.done('crisis', 'end', order.id);
    await instance.refused('crisis', 'end', order.id);
    expect(await instance.done('crisis', 'list')).toEqual([]);
  }, 60_000);

  it('from canaries', async () => {
    const made = join(instance.folder, 'made-for-canaries');
    const size = ['--schools', '1', '--pupils', '60', '--seed', '5'];
    const { schools } = await instance.done<{ schools: { uai: string }[] }>(
      'roster',
      'generate',
      made,
      ...size,
    );
    const { id } = await instance.done<WithId>('roster', 'plan', made);
    await instance.done('roster', 'apply', id);
    const school = ['--school', schools[0]?.uai ?? ''];
    const out = join(instance.folder, 'bait.pdf');
    await instance.refused('canaries', 'letter', ...school, '--out', out);
    expect(await instance.done('canaries', 'create', ...school)).toMatchObject([{ outcome: 'created' }]);
    await instance.refused('canaries', 'create', ...school);
    expect(await instance.done('canaries', 'letter', ...school, '--out', out)).toMatchObject({ file: out });
    expect(existsSync(out)).toBe(true);
    const all = await instance.done<{ school: string; baits: number }[]>('canaries', 'list');
    expect(all.filter(({ baits }) => baits > 0)).toMatchObject([{ school: school[1], baits: 1 }]);
  }, 60_000);

  it('from alarms', async () => {
    const database = databaseOf(instance);
    await database.connect();
    const { rows } = await database.query<WithId>(
      `insert into preau.alarms (rule, details, raised_at) values ('bait-used', '{"uses": 1}', now()) returning id`,
    );
    await database.end();
    const id = rows[0]?.id ?? '';
    expect(await instance.done('alarms', 'list')).toMatchObject([{ id, rule: 'bait-used' }]);
    expect(await instance.done('alarms', 'show', id)).toMatchObject({
      id,
      figures: { uses: 1 },
      closed: null,
    });
    await instance.refused('alarms', 'show', 'nothing');
    await instance.done('alarms', 'close', id, '--reason', 'the post office');
    await instance.refused('alarms', 'close', id);
    expect(await instance.done('alarms', 'list')).toEqual([]);
  }, 60_000);

  it('from notices of logout', async () => {
    expect(await instance.done('logouts', 'status')).toMatchObject({
      relying_parties: [],
      not_confirmed: [],
    });
  });

  it('from reads', async () => {
    expect(await instance.done('reads', 'list', '--limit', '5')).toMatchObject({ next: null });
    await instance.refused('reads', 'list', '--by', 'nobody.here12');
    expect(await instance.done('reads', 'budgets')).toEqual([]);
  }, 60_000);

  it('from keys, into another instance too: a command starts its servers and leaves none behind', async () => {
    const out = join(instance.folder, 'keys.json');
    const [first] = await instance.done<{ kid: string }[]>('keys', 'list');
    expect(first?.kid).toBeTruthy();
    const words = file('words', 'quatre tasses de thé\n');
    await instance.done('keys', 'export', out, '--passphrase-file', words);
    await instance.refused('keys', 'export', out);
    await instance.refused('keys', 'import', out, '--passphrase-file', words);
    await instance.done('keys', 'rotate', '--alg', 'ES256');
    await instance.refused('keys', 'rotate', '--alg', 'ES256');
    await instance.refused('keys', 'revoke', 'nobody');
    await instance.done('logouts', 'status');
    await instance.refused('trace', '7K3F-Q2M9-XW4T');

    const elsewhere = join(instance.folder, 'elsewhere');
    const args = ['keys', 'import', out, '--passphrase-file', words, '--json'];
    const { code, stdout, stderr } = await preau(dataFolder(elsewhere), args);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(JSON.parse(stdout).kids).toContain(first?.kid);
    expect(processesNaming(elsewhere)).toEqual([]);
    instance.wereDone.add('keys import');
  }, 60_000);

  it('from everything there is: no command was left out', () => {
    // Withdrawing the key that signs takes seconds, and undoing a roster minutes to tell: their own tests do.
    const elsewhere = ['keys revoke', 'roster undo'];
    // test/relying-parties/commands.test.ts, test/rights/commands.test.ts, test/oidc/traces.test.ts, messages.test.ts,
    // test/portal/api.test.ts
    const inOneProcess =
      /^(contracts |messages (retry|forget)$|clients (suspend|resume|initial-token|revoke-initial-token|api-token|revoke-api-token|tokens|update|changes|approve-change|refuse-change)$|rights |officers |trace$)/;
    const names = commands.map(({ name }) => name).filter((name) => !inOneProcess.test(name));
    expect(names.filter((name) => !instance.wereDone.has(name))).toEqual(
      names.filter((name) => elsewhere.includes(name)),
    );
  });
});

describe('a command that fails', () => {
  it('says so in its document too, and nothing of what PostgreSQL quotes', async () => {
    const database = databaseOf(instance);
    await database.connect();
    await database.query(`
      create function preau.complain() returns trigger language plpgsql as $$ begin
        raise exception 'not "Lina Martin"' using detail = 'Key (name)=(Lina Martin)'; end $$;
      create trigger complain before update on preau.order_clock execute function preau.complain()`);
    const failed = await instance.run('crisis', 'apply', 'freeze', '--scope', 'all', '--json');
    await database.query('drop function preau.complain cascade');
    await database.end();
    expect([failed.code, JSON.parse(failed.stdout)]).toEqual([1, { outcome: 'failed' }]);
    expect(failed.stderr).not.toContain('Martin');
  });

  it('that is stopped leaves no letter behind that others could read', async () => {
    const folder = join(instance.folder, 'stopped');
    mkdirSync(folder);
    const args = ['letters', 'print', '--school', '0990101Q', '--out', join(folder, 'letters.pdf')];
    const child = spawn(join(REPOSITORY, 'bin/preau'), args, { env: instance.environment, stdio: 'ignore' });
    const ended = once(child, 'exit');
    while (readdirSync(folder).length === 0) await pause(1);
    child.kill('SIGINT');
    expect([await ended, readdirSync(folder)]).toEqual([[130, null], []]);
  }, 60_000);
});

describe('an act of power', () => {
  it('is written down with the name that was typed, the OS user and the host', async () => {
    await instance.done(
      ...['crisis', 'apply', 'freeze', '--scope', 'profile=staff', '--drill'],
      ...['--by', 'Recteur', '--reason', 'exercice du mardi'],
    );
    const database = databaseOf(instance);
    await database.connect();
    const { rows } = await database.query(
      `select actor, reason from preau.audit_events where name = 'order.applied' order by id desc limit 1`,
    );
    const others = await database.query(
      `select distinct actor ->> 'kind' as kind from preau.audit_events where name ~ '^(order|client|roster.planned|letter)'`,
    );
    await database.end();
    const { username } = userInfo();
    const actor = { kind: 'operator', name: 'Recteur', osUser: username, host: hostname() };
    expect(rows).toEqual([{ actor, reason: 'exercice du mardi' }]);
    expect(others.rows).toEqual([{ kind: 'operator' }]);
  });

  it('in production takes both --by and --reason', async () => {
    const powers = commands.filter(({ isActOfPower }) => isActOfPower).map(({ name }) => name);
    expect(powers).toEqual(expect.arrayContaining(['crisis apply', 'clients delete', 'letters print']));
    const production = {
      ...dataFolder(instance.folder),
      ...environmentOf(randomSecrets()),
      ...senders,
      PREAU_PROFILE: 'production',
      PREAU_ISSUER: 'https://preau.example',
    };
    const ordering = ['crisis', 'apply', 'freeze', '--scope', 'all'];
    for (const stated of [[], ['--by', 'me'], ['--reason', 'because'], ['--by', 'me', '--reason', ' ']]) {
      const { code, stdout, stderr } = await preau(production, [...ordering, ...stated]);
      expect({ stated, code, stdout }).toEqual({ stated, code: 2, stdout: '' });
      expect(stderr).toContain('--by and --reason');
    }
  });
});
