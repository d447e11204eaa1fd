// One of the two processes that race: opens its own connection and does what it is told, many times at once.
import { randomBytes } from 'node:crypto';
import type { Adapter, AdapterPayload } from 'oidc-provider';
import { createDigests } from '../../../src/crypto/digests.ts';
import { createOidcStorage } from '../../../src/storage/oidc/oidc-adapter.ts';
import { createRequests } from '../../../src/storage/oidc/request-notes.ts';
import { openRedis } from '../../../src/storage/redis.ts';
import { NaiveAdapter } from './naive-adapter.ts';

export interface Task {
  kind: 'ours' | 'naive';
  act: 'redeem' | 'prove' | 'authorize' | 'settle';
  model: string;
  id: string;
  times: number;
  from: number;
}

const [socket = '', digestKey = ''] = process.argv.slice(2);
const redis = await openRedis({ at: socket, commandMilliseconds: 10_000 });
const requests = createRequests();
const ours = createOidcStorage({
  redis,
  digests: createDigests(Buffer.from(digestKey, 'base64')),
  guard: { stampFor: () => ({}), admits: async () => true, revokeGrant: async () => {} },
  requests,
  now: () => new Date(),
  lifetimes: { grantSeconds: 600, interactionSeconds: 60 },
});
const adapterFor = ({ kind, model }: Task): Adapter =>
  kind === 'ours' ? ours.adapterFor(model) : new NaiveAdapter(model, redis);

const acts: Record<Task['act'], (task: Task, n: number) => Promise<string>> = {
  redeem: async (task) => {
    const adapter = adapterFor(task);
    const found = await adapter.find(task.id);
    if (!found || found.consumed) return 'lost';
    await adapter.consume(task.id);
    return 'won';
  },
  prove: async (task) => {
    const expiresAt = Math.floor(Date.now() / 1000) + 60;
    if (task.kind === 'ours') return (await ours.isUnique('client', task.id, expiresAt)) ? 'won' : 'lost';
    const adapter = adapterFor(task);
    if (await adapter.find(task.id)) return 'lost';
    await adapter.upsert(task.id, { iss: 'client' }, 60);
    return 'won';
  },
  authorize: async (task, n) => {
    const adapter = adapterFor(task);
    const session: AdapterPayload = (await adapter.find(task.id)) ?? {};
    const mine = { [`client${n}`]: { sid: `sid${n}`, grantId: `grant${n}` } };
    await adapter.upsert(
      task.id,
      { ...session, authorizations: { ...session.authorizations, ...mine } },
      600,
    );
    return 'done';
  },
  settle: async (task) => {
    const grantId = randomBytes(8).toString('hex');
    const result = await ours.sessions.settle(task.id, 'timetable', { grantId, sid: grantId });
    return result.outcome === 'settled' ? result.settled.grantId : result.outcome;
  },
};

process.on('message', async (task: Task) => {
  const runs = Array.from({ length: task.times }, (_, n) =>
    requests.run(() => acts[task.act](task, task.from + n)).catch((error: Error) => error.message),
  );
  process.send?.(await Promise.all(runs));
});
process.on('disconnect', () => redis.disconnect());
process.send?.('ready');
