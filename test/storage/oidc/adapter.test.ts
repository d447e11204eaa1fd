import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { errors } from 'oidc-provider';
import { openRedis, type Redis } from '../../../src/storage/redis.ts';
import { socketOfRedis } from '../../support/stores.ts';
import { dumpOf, openStorage, type Storage } from './support.ts';

let redis: Redis;
let storage: Storage;
let digestKey: Buffer;
const newId = () => randomBytes(16).toString('base64url');
const code = () => storage.adapterFor('AuthorizationCode');
const refreshToken = () => storage.adapterFor('RefreshToken');
const grant = () => storage.adapterFor('Grant');
const session = () => storage.adapterFor('Session');

beforeAll(async () => {
  redis = await openRedis({ at: socketOfRedis, commandMilliseconds: 5000 });
});
beforeEach(() => {
  digestKey = randomBytes(32);
  storage = openStorage(redis, digestKey);
});
afterAll(() => redis.disconnect());

describe('a record', () => {
  it('comes back as it was saved, with its id', async () => {
    const id = newId();
    await code().upsert(id, { jti: id, accountId: 'lina', scope: 'openid' }, 60);
    expect(await code().find(id)).toEqual({ jti: id, accountId: 'lina', scope: 'openid' });
  });

  it('is shown as it was made once, where it is a code, and read from then on', async () => {
    const [codes, id] = [code(), newId()];
    await codes.upsert(id, { accountId: 'lina' }, 60);
    await openStorage(redis, digestKey).adapterFor('AuthorizationCode').consume(id);
    expect(await codes.find(id)).toEqual({ jti: id, accountId: 'lina' });
    expect(await codes.find(id)).toMatchObject({ jti: id, consumed: expect.any(Number) });
    await expect(codes.consume(id)).rejects.toThrow(errors.InvalidGrant);
  });

  it('is found with what follows it, whoever made it', async () => {
    const [uid, grantId, codeId] = [newId(), newId(), newId()];
    await session().upsert(newId(), { uid, accountId: 'lina' }, 60);
    await grant().upsert(grantId, { accountId: 'lina' }, 60);
    const bound = {
      accountId: 'lina',
      sessionUid: uid,
      expiresWithSession: true,
      grantId,
      clientId: 'timetable',
    };
    await code().upsert(codeId, bound, 60);
    for (const each of [storage, openStorage(redis, digestKey)]) {
      await each.requests.run(async () => {
        await each.adapterFor('AuthorizationCode').find(codeId);
        expect([...(each.requests.current()?.ahead.keys() ?? [])]).toEqual([
          `Session ${uid}`,
          `Grant ${grantId}`,
        ]);
        expect(await each.adapterFor('Session').findByUid(uid)).toMatchObject({ accountId: 'lina' });
        expect(await each.adapterFor('Grant').find(grantId)).toMatchObject({ accountId: 'lina' });
      });
    }
  });

  it('is not found by the guard’s word', async () => {
    const id = newId();
    await openStorage(redis, digestKey).adapterFor('AccessToken').upsert(id, { accountId: 'lina' }, 60);
    const seen: unknown[] = [];
    const refusing = openStorage(redis, digestKey, async ({ stamp }) => seen.push(stamp) === 0);
    expect(await refusing.adapterFor('AccessToken').find(id)).toBeUndefined();
    expect(seen).toEqual([{ person: 7, generation: 3, epoch: 1 }]);
  });

  it('that somebody changed in Redis does not open', async () => {
    const [one, other] = [newId(), newId()];
    await code().upsert(one, { accountId: 'lina' }, 60);
    await code().upsert(other, { accountId: 'hugo' }, 60);
    const foreign = await redis.hget(keyOf('AuthorizationCode', other), 'sealed');
    await redis.hset(keyOf('AuthorizationCode', one), 'sealed', foreign ?? '');
    await expect(code().find(one)).rejects.toThrow();
  });
});

describe('what lies in Redis', () => {
  it('holds no id, no account and no scope', async () => {
    const ids = Array.from({ length: 8 }, newId);
    const [cookie, uid, codeId, token, grantId, interaction, pushed, account] = ids as [string, ...string[]];
    await session().upsert(
      cookie,
      {
        uid,
        accountId: account,
        state: { secret: newId() },
        authorizations: { timetable: { sid: 's1', grantId } },
      },
      60,
    );
    await grant().upsert(grantId ?? '', { accountId: account, clientId: 'timetable' }, 60);
    await code().upsert(
      codeId ?? '',
      { accountId: account, grantId, sessionUid: uid, scope: 'openid school' },
      60,
    );
    await refreshToken().upsert(token ?? '', { accountId: account, grantId }, 60);
    await storage.adapterFor('Interaction').upsert(
      interaction ?? '',
      {
        returnTo: `https://preau.example/auth/${interaction}`,
        parJti: pushed,
        session: { uid, cookie, accountId: account ?? '' },
      },
      60,
    );
    await storage.adapterFor('PushedAuthorizationRequest').upsert(pushed ?? '', { request: 'a.b.' }, 60);
    const dump = await dumpOf(redis);
    for (const id of ids) expect(dump).not.toContain(id);
    expect(dump).not.toContain('school');
    expect(await storage.adapterFor('Interaction').find(interaction ?? '')).toMatchObject({ parJti: pushed });
  });
});

describe('a second use', () => {
  it('of a code revokes its grant and all that belongs to it, in PostgreSQL first', async () => {
    const [grantId, codeId, token] = [newId(), newId(), newId()];
    await grant().upsert(grantId, { accountId: 'lina' }, 600);
    await code().upsert(codeId, { grantId }, 60);
    await code().consume(codeId);
    await refreshToken().upsert(token, { grantId }, 600);
    await expect(code().consume(codeId)).rejects.toThrow(errors.InvalidGrant);
    expect(storage.revoked).toEqual([grantId]);
    expect(await grant().find(grantId)).toBeUndefined();
    expect(await refreshToken().find(token)).toBeUndefined();
  });

  it('of a pushed request is refused in the words of its endpoint', async () => {
    const adapter = storage.adapterFor('PushedAuthorizationRequest');
    const id = newId();
    await adapter.upsert(id, { request: 'a.b.' }, 60);
    await adapter.consume(id);
    await expect(adapter.consume(id)).rejects.toThrow(errors.InvalidRequestUri);
  });

  it('of a pushed request is known until the interaction it began has ended', async () => {
    const id = newId();
    await storage.adapterFor('PushedAuthorizationRequest').upsert(id, { request: 'a.b.' }, 60);
    expect(await redis.ttl(keyOf('PushedAuthorizationRequest', id))).toBeGreaterThan(60);
  });

  it('of an interaction is refused', async () => {
    const adapter = storage.adapterFor('Interaction');
    const id = newId();
    await adapter.upsert(id, {}, 60);
    await adapter.destroy(id);
    await expect(adapter.destroy(id)).rejects.toThrow(errors.SessionNotFound);
  });
});

describe('a session and its cookie', () => {
  it('open as the first version sealed them', () => {
    const { sealing } = openStorage(redis, Buffer.alloc(32, 7));
    const sealed = 'AVm3lN5kC4sq4mXfBs98Tc6V28H3mR5sBOcHn6Hv2nyPb8cb7tsfs53b8leAErVN4Q==';
    expect(sealing.open('Session', 'uid', sealed)).toEqual({ accountId: 'lina' });
    const pointer = 'AfbJLFoGLUDXQbRXNVG6ynI0Rf+Q6ctqWxEZkcBl2MuAEg==';
    expect(sealing.open('cookie', 'id', pointer)).toBe('uid');
    const names = [sealing.nameOf('Session', 'uid'), sealing.nameOf('cookie', 'id')];
    expect(names).toEqual([
      'CAlcy5o-IguR6YYvM-mPq00JIYoYSazRGGW8XBN5PzA',
      'rfZxCMaInd1O9lOBLJ459pp4jV4S9bTlnlJVPcLahaQ',
    ]);
  });
});

describe('the session of a code', () => {
  /** A code that is made in a session, whichever grant it has there; then Redis knows the session no more. */
  async function readSession(given: { inSession: string; ofCode: string; readIn?: Storage }) {
    const [uid, cookieId, codeId] = [newId(), newId(), newId()];
    const authorizations = { timetable: { sid: 'sid', grantId: given.inSession } };
    const exp = Math.floor(Date.now() / 1000) + 60;
    await session().upsert(cookieId, { uid, exp, accountId: 'lina', authorizations }, 60);
    const leads = { sessionUid: uid, expiresWithSession: true, clientId: 'timetable', grantId: given.ofCode };
    const codes = code();
    await storage.requests.run(async () => {
      await session().find(cookieId);
      await codes.upsert(codeId, { accountId: 'lina', ...leads }, 60);
    });
    await redis.del(keyOf('Session', uid));
    const elsewhere = given.readIn;
    return (elsewhere ?? storage).requests.run(async () => {
      await (elsewhere?.adapterFor('AuthorizationCode') ?? codes).find(codeId);
      return (elsewhere ?? storage).adapterFor('Session').findByUid(uid);
    });
  }

  it('is what the request read that made the code', async () => {
    const grantId = newId();
    expect(await readSession({ inSession: grantId, ofCode: grantId })).toMatchObject({
      ...{ accountId: 'lina', authorizations: { timetable: { grantId } } },
    });
  });

  it('is read anew where it had another grant then', async () => {
    expect(await readSession({ inSession: newId(), ofCode: newId() })).toBeUndefined();
  });

  it('is read by a process that did not make the code', async () => {
    const grantId = newId();
    const readIn = openStorage(redis, digestKey);
    expect(await readSession({ inSession: grantId, ofCode: grantId, readIn })).toBeUndefined();
  });

  it('is read anew where it would have run out, and was prolonged when the code was made', async () => {
    const [uid, cookieId, codeId, grantId] = [newId(), newId(), newId(), newId()];
    const seconds = Math.floor(Date.now() / 1000);
    const known = { uid, accountId: 'lina', authorizations: { timetable: { sid: 'sid', grantId } } };
    await session().upsert(cookieId, { ...known, exp: seconds }, 60);
    const leads = { sessionUid: uid, expiresWithSession: true, clientId: 'timetable', grantId };
    const codes = code();
    await storage.requests.run(async () => {
      await session().find(cookieId);
      await codes.upsert(codeId, { accountId: 'lina', ...leads }, 60);
      await session().upsert(cookieId, { ...known, exp: seconds + 60 }, 60);
    });
    const found = await storage.requests.run(async () => {
      await codes.find(codeId);
      return session().findByUid(uid);
    });
    expect(found).toMatchObject({ exp: seconds + 60 });
  });

  it('is none where PostgreSQL says it ended', async () => {
    const grantId = newId();
    storage = openStorage(redis, digestKey, async ({ model, cookieId }) => model !== 'Session' || !!cookieId);
    expect(await readSession({ inSession: grantId, ofCode: grantId })).toBeUndefined();
  });
});

describe('the grant of a code', () => {
  const openid = { scope: 'openid profile', claims: ['name'] };

  /** A code of a session that says what one grant covers; in Redis there is another by the code's own. */
  async function readGrant(given: { inSession: string; ofCode: string; said?: object }) {
    const [uid, codeId] = [newId(), newId()];
    const { said = { openid } } = given;
    const covered = { grantId: given.inSession, clientId: 'timetable', ...said, until: 4_000_000_000 };
    const authorizations = { timetable: { sid: 'sid', grantId: given.inSession, covered } };
    await session().upsert(newId(), { uid, accountId: 'lina', authorizations }, 60);
    await grant().upsert(given.ofCode, { accountId: 'lina', clientId: 'timetable' }, 60);
    const leads = { sessionUid: uid, expiresWithSession: true, clientId: 'timetable', grantId: given.ofCode };
    await code().upsert(codeId, { accountId: 'lina', ...leads }, 60);
    return storage.requests.run(async () => {
      await code().find(codeId);
      return grant().find(given.ofCode);
    });
  }

  it('is what its session says it covers', async () => {
    const grantId = newId();
    const found = await readGrant({ inSession: grantId, ofCode: grantId });
    expect(found).toEqual({
      ...{ accountId: 'lina', clientId: 'timetable', kind: 'Grant', jti: grantId },
      ...{ exp: 4_000_000_000, openid },
    });
  });

  it('is read itself where the session’s has taken its place', async () => {
    const ofCode = newId();
    expect(await readGrant({ inSession: newId(), ofCode })).toEqual({
      ...{ accountId: 'lina', clientId: 'timetable', jti: ofCode },
    });
  });

  it.each([
    ['was written by a version before', { scope: openid.scope }],
    ['tells of another client’s', { openid, clientId: 'canteen' }],
  ])('is read itself where the session %s', async (_, said) => {
    const grantId = newId();
    expect(await readGrant({ inSession: grantId, ofCode: grantId, said })).toEqual({
      ...{ accountId: 'lina', clientId: 'timetable', jti: grantId },
    });
  });

  it('is none where PostgreSQL says it was revoked', async () => {
    const grantId = newId();
    storage = openStorage(redis, digestKey, async ({ model }) => model !== 'Grant');
    expect(await readGrant({ inSession: grantId, ofCode: grantId })).toBeUndefined();
  });
});

describe('a revoked grant', () => {
  it('takes no new token and can not be saved again', async () => {
    const [grantId, token] = [newId(), newId()];
    await grant().upsert(grantId, { accountId: 'lina' }, 600);
    await grant().destroy(grantId);
    await expect(refreshToken().upsert(token, { grantId }, 600)).rejects.toThrow(errors.InvalidGrant);
    await expect(code().upsert(newId(), { grantId }, 60)).rejects.toThrow(errors.LoginRequired);
    await expect(grant().upsert(grantId, { accountId: 'lina' }, 600)).rejects.toThrow(errors.LoginRequired);
    expect(await refreshToken().find(token)).toBeUndefined();
    expect(await grant().find(grantId)).toBeUndefined();
  });

  it('is revoked once per request, however often the engine asks', async () => {
    const grantId = newId();
    await storage.requests.run(async () => {
      await Promise.all([
        code().revokeByGrantId(grantId),
        refreshToken().revokeByGrantId(grantId),
        grant().destroy(grantId),
      ]);
    });
    expect(storage.revoked).toEqual([grantId]);
  });
});

describe('the index of a grant’s refresh tokens', () => {
  it('is trimmed at each write and lives as long as its longest member', async () => {
    const grantId = newId();
    await refreshToken().upsert(newId(), { grantId }, 600);
    const key = keyOf('family', grantId);
    await redis.zadd(key, 1, 'long gone');
    await refreshToken().upsert(newId(), { grantId }, 60);
    expect(await redis.zcard(key)).toBe(2);
    expect(await redis.zscore(key, 'long gone')).toBeNull();
    expect(await redis.ttl(key)).toBeGreaterThan(590);
  });
});

describe('a session', () => {
  const lina = { accountId: 'lina', loginTs: 1 };

  it('is found by its cookie and by its uid', async () => {
    const [cookie, uid] = [newId(), newId()];
    await session().upsert(
      cookie,
      { uid, ...lina, authorizations: { timetable: { sid: 's', grantId: 'g' } } },
      60,
    );
    const expected = { uid, ...lina, authorizations: { timetable: { sid: 's', grantId: 'g' } } };
    expect(await session().find(cookie)).toEqual({ ...expected, jti: cookie });
    expect(await session().findByUid(uid)).toEqual(expected);
  });

  it('reads anew what changed, and hands out no object twice', async () => {
    const [cookie, uid] = [newId(), newId()];
    await session().upsert(cookie, { uid, ...lina }, 60);
    const first = await session().find(cookie);
    Object.assign(first ?? {}, { accountId: 'hugo' });
    expect(await session().find(cookie)).toMatchObject(lina);
    await openStorage(redis, digestKey)
      .adapterFor('Session')
      .upsert(cookie, { uid, ...lina, acr: 'two' }, 60);
    expect(await session().find(cookie)).toMatchObject({ ...lina, acr: 'two' });
    await redis.del(keyOf('Session', uid));
    expect(await session().find(cookie)).toBeUndefined();
  });

  it('that somebody gave another’s place does not open, though both were just read', async () => {
    const [cookie, uid, other] = [newId(), newId(), newId()];
    await session().upsert(cookie, { uid, ...lina }, 60);
    await session().upsert(newId(), { uid: other, accountId: 'hugo' }, 60);
    await Promise.all([session().find(cookie), session().findByUid(other)]);
    await redis.hset(
      keyOf('Session', uid),
      'sealed',
      (await redis.hget(keyOf('Session', other), 'sealed')) ?? '',
    );
    await expect(session().find(cookie)).rejects.toThrow();
  });

  it('is read with the one client that a token names', async () => {
    const uid = newId();
    const authorizations = { timetable: { sid: 's', grantId: 'g' }, library: { sid: 't', grantId: 'h' } };
    await session().upsert(newId(), { uid, ...lina, authorizations }, 60);
    expect(await storage.sessions.findByUid(uid, 'library')).toMatchObject({
      payload: { uid, ...lina, authorizations: { library: { sid: 't', grantId: 'h' } } },
    });
    expect((await storage.sessions.findByUid(uid))?.payload.authorizations).toEqual(authorizations);
  });

  it('renewed under another cookie id is not found by the old one, and its uid stays', async () => {
    const [old, renewed, uid] = [newId(), newId(), newId()];
    await session().upsert(old, { uid, ...lina }, 60);
    await renew(old, renewed, uid);
    expect(await session().find(old)).toBeUndefined();
    expect(await session().find(renewed)).toMatchObject({ uid, acr: 'two' });
    expect(await session().findByUid(uid)).toMatchObject({ acr: 'two' });
  });

  it('is not turned back by a request that still knew the old cookie id', async () => {
    const [old, renewed, uid] = [newId(), newId(), newId()];
    await session().upsert(old, { uid, ...lina }, 60);
    await renew(old, renewed, uid);
    const notes = await storage.requests.run(async () => {
      await session().upsert(
        old,
        { uid, ...lina, authorizations: { library: { sid: 's', grantId: 'g' } } },
        60,
      );
      return storage.requests.current();
    });
    expect(notes?.keepsCookie).toBe(true);
    expect(await session().find(old)).toBeUndefined();
    expect(await session().find(renewed)).toMatchObject({
      acr: 'two',
      authorizations: { library: { grantId: 'g' } },
    });
  });

  it('sends no cookie that another tab may have renewed, where a request writes nothing', async () => {
    const [old, renewed, uid] = [newId(), newId(), newId()];
    await session().upsert(old, { uid, ...lina, exp: Math.floor(Date.now() / 1000) + 60 }, 60);
    const meanwhile = Promise.withResolvers<void>();
    const isRenewed = meanwhile.promise.then(() => renew(old, renewed, uid));
    const notes = await storage.requests.run(async () => {
      const read = (await session().find(old)) ?? {};
      meanwhile.resolve();
      await isRenewed;
      await session().upsert(old, read, 60);
      return storage.requests.current();
    });
    expect(notes?.keepsCookie).toBe(true);
    expect(await session().find(renewed)).toMatchObject({ uid, acr: 'two' });
  });

  it('sends the cookie of somebody who signs in with one that was renewed', async () => {
    const [old, renewed, uid] = [newId(), newId(), newId()];
    await session().upsert(old, { uid, ...lina }, 60);
    await renew(old, renewed, uid);
    const kept = await storage.requests.run(async () => {
      expect(await session().find(old)).toBeUndefined();
      const before = storage.requests.current()?.keepsCookie;
      await session().upsert(newId(), { uid: newId(), exp: Math.floor(Date.now() / 1000) + 60 }, 60);
      const nobody = storage.requests.current()?.keepsCookie;
      await session().upsert(newId(), { uid: newId(), ...lina, exp: Math.floor(Date.now() / 1000) + 60 }, 60);
      return [before, nobody, storage.requests.current()?.keepsCookie];
    });
    expect(kept).toEqual([true, true, false]);
  });

  it('once ended is not written back by a request under way', async () => {
    const [cookie, uid] = [newId(), newId()];
    await session().upsert(cookie, { uid, ...lina }, 60);
    await storage.sessions.end(uid, 600);
    await expect(session().upsert(cookie, { uid, ...lina }, 60)).rejects.toThrow(errors.LoginRequired);
    expect(await session().find(cookie)).toBeUndefined();
    expect(await session().findByUid(uid)).toBeUndefined();
    expect(await storage.sessions.settle(uid, 'timetable', { grantId: 'g', sid: 's' })).toEqual({
      outcome: 'ended',
    });
  });

  it('keeps a sign-out under way when another request saves it', async () => {
    const [cookie, uid] = [newId(), newId()];
    await session().upsert(cookie, { uid, ...lina, state: { secret: 'x' } }, 60);
    await session().upsert(cookie, { uid, ...lina }, 60);
    expect(await session().find(cookie)).toMatchObject({ state: { secret: 'x' } });
  });

  it('lets a dead grant give way and keeps the client’s sid', async () => {
    const uid = newId();
    await session().upsert(newId(), { uid, ...lina }, 60);
    const { sessions } = storage;
    await sessions.settle(uid, 'timetable', { grantId: 'first', sid: 's1' });
    expect(await sessions.settle(uid, 'timetable', { grantId: 'second', sid: 's2' })).toMatchObject({
      settled: { grantId: 'first', sid: 's1' },
    });
    expect(await sessions.settle(uid, 'timetable', { grantId: 'third', sid: 's3' }, 'first')).toMatchObject({
      settled: { grantId: 'third', sid: 's1' },
    });
  });

  it('that does not exist settles nothing', async () => {
    const settlement = await storage.sessions.settle(newId(), 'timetable', { grantId: 'g', sid: 's' });
    expect(settlement).toEqual({ outcome: 'no-session' });
  });
});

async function renew(old: string, renewed: string, uid: string): Promise<void> {
  await storage.requests.run(async () => {
    await session().destroy(old);
    await session().upsert(renewed, { uid, accountId: 'lina', loginTs: 2, acr: 'two' }, 60);
  });
}

const keyOf = (kind: string, id: string) => `oidc:${kind}:${storage.sealing.nameOf(kind, id)}`;
