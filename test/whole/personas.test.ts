import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { countScope } from '../../src/crisis/count-scope.ts';
import { createRegisterClient } from '../../src/relying-parties/register-client.ts';
import { PASSWORD, somebody } from '../login/people.ts';
import { Application, outcomeOf } from '../support/application.ts';
import type { Answer, Visitor } from '../support/visitor.ts';
import { BY, type World, wholeWorld } from '../support/world.ts';

async function onTrial(world: World): Promise<Application> {
  const metadata = { client_name: 'CDI', redirect_uris: ['http://localhost:3001/callback'] };
  const result = await createRegisterClient(world.parts)(BY, { metadata });
  if (result.outcome !== 'registered') throw new Error(result.outcome);
  return new Application(world.issuer, result.client);
}

async function pick(visitor: Visitor, application: Application, name: string): Promise<Answer> {
  const { text } = await visitor.open(application.authorizationUrl());
  const ids = [...text.matchAll(/<strong>([^<]*)<\/strong>.*?name="persona" value="([^"]*)"/gs)];
  const persona = ids.find(([, shown]) => shown === name)?.[2] ?? `nobody called ${name}`;
  return visitor.submit({ persona });
}

describe('a made-up person', () => {
  let world: World;
  beforeAll(async () => {
    world = await wholeWorld();
  }, 60_000);
  afterAll(() => world.close());

  it('is somebody for an application on trial, and nobody for our own pages', async () => {
    const visitor = world.visitor();
    const application = await onTrial(world);
    const { code } = outcomeOf(await pick(visitor, application, 'Camille Essai-Dubois'));
    const tokens = await (await application.exchange(code ?? '')).json();
    const said = await (await application.userinfo(tokens)).json();
    expect(said).toMatchObject({ given_name: 'Camille', profiles: ['pupil'] });
    for (const path of ['/account', '/console']) {
      const { url, text } = await visitor.open(path);
      expect({ path, url }).toEqual({ path, url: expect.stringMatching(/^\/interaction\//) });
      expect(text).toContain('name="password"');
    }
    expect((await visitor.open('/')).text).not.toContain('Camille');
  });

  it('has no credential, and the database lets none in', async () => {
    const { rows } = await world.stores.pool.query('select person from personas');
    expect(rows).toHaveLength(6);
    const password = { person: rows[0].person, hash: 'x', epoch: 0, generation: 1, set_at: new Date() };
    await expect(world.stores.db.insertInto('passwords').values(password).execute()).rejects.toThrow(
      /foreign key/,
    );
  });

  it('is made once, however many look at once', async () => {
    const other = await wholeWorld();
    const application = await onTrial(other);
    await Promise.all(Array.from({ length: 8 }, () => other.visitor().open(application.authorizationUrl())));
    const { rows } = await other.stores.pool.query('select count(*)::int as count from personas');
    expect(rows).toEqual([{ count: 6 }]);
    await other.close();
  }, 30_000);

  it('is counted by no crisis measure', async () => {
    expect(await countScope(world.parts.db, { all: true })).toMatchObject({ persons: 0 });
  });
});

describe('in the demo, where everybody is made up', () => {
  it('its people count as both', async () => {
    const world = await wholeWorld({ change: (config) => ({ ...config, mode: 'demo' }) });
    const lina = await somebody(world, 'pupil');
    const trial = await onTrial(world);
    const approved = await world.register();
    const visitor = world.visitor();
    await visitor.open(approved.authorizationUrl());
    const here = outcomeOf(await visitor.submit({ username: lina.username, password: PASSWORD }));
    expect(here.code).toBeTruthy();
    const there = outcomeOf(await visitor.open(trial.authorizationUrl()));
    expect(there.code).toBeTruthy();
    expect((await trial.exchange(there.code ?? '')).status).toBe(200);
    const elsewhere = await world.visitor().open(trial.authorizationUrl());
    const { rows } = await world.stores.pool.query(`select id from persons where number = ${lina.person}`);
    expect(elsewhere.text).toContain(`value="${rows[0].id}"`);
    await world.close();
  }, 30_000);
});
