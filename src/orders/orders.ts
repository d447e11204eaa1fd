import { performance } from 'node:perf_hooks';
import type { Pool } from 'pg';
import { type OwnConnection, openOwnConnection } from '../storage/own-connection.ts';
import { Unavailable } from '../storage/unavailable.ts';
import { currentOf, type Known, readAnswer } from './known.ts';
import type { OrdersInForce } from './order.ts';
import { ASK_ORDERS } from './store.ts';

export interface Orders {
  /** Connects, asks once, then polls. */
  start(): Promise<void>;
  stop(): Promise<void>;
  /** The orders, never older than the silence allowed. Throws Unavailable where PostgreSQL does not answer. */
  inForce(): Promise<OrdersInForce>;
  /** At least this version: somebody has seen it in the database. */
  upTo(version: number): Promise<OrdersInForce>;
  /** Called when the version of orders or of clients has moved. Returns how to stop that. */
  onChange(listener: (inForce: OrdersInForce) => void): () => void;
}

export interface OrdersDependencies {
  /** The app's pool: Orders opens one connection of its own like those. */
  pool: Pool;
  settings: { pollMilliseconds: number; silenceMilliseconds: number };
  now: () => Date;
  log: { warn(details: object, message: string): void };
}

const CHANNELS = ['preau_orders', 'preau_clients'];

export function createOrders({ pool, settings, now, log }: OrdersDependencies): Orders {
  let connection: Promise<OwnConnection> | undefined;
  let known: Known | undefined;
  let asking: Promise<Known> | undefined;
  let timer: NodeJS.Timeout | undefined;
  let isStopped = false;
  let isSilent = false;
  const listeners = new Set<(inForce: OrdersInForce) => void>();

  function connected(): Promise<OwnConnection> {
    connection ??= openOwnConnection({
      pool,
      channels: CHANNELS,
      onNotice: () => void askSince(performance.now()).catch(() => {}),
      answerMilliseconds: settings.silenceMilliseconds,
    });
    return connection;
  }

  function disconnect(): void {
    const lost = connection;
    connection = undefined;
    lost?.then((open) => open.close()).catch(() => {});
  }

  async function askOnce(): Promise<Known> {
    try {
      const open = await connected();
      const askedAt = performance.now();
      const [answer] = await open.query(ASK_ORDERS, [known?.version ?? null, now()]);
      return learn(readAnswer({ answer, askedAt, known }));
    } catch (error) {
      disconnect();
      if (!isSilent && !isStopped) log.warn({ err: error }, 'orders: PostgreSQL does not answer');
      isSilent = true;
      throw error instanceof Unavailable ? error : new Unavailable('orders', { cause: error });
    }
  }

  function learn(next: Known): Known {
    const before = known;
    known = next;
    isSilent = false;
    const hasMoved =
      before && (before.version !== next.version || before.clientsVersion !== next.clientsVersion);
    if (hasMoved) for (const listener of listeners) listener(currentOf(next, now()));
    return next;
  }

  function ask(): Promise<Known> {
    asking ??= askOnce().finally(() => {
      asking = undefined;
    });
    return asking;
  }

  /** An answer to a question asked no earlier than `moment`: one under way may be too old. */
  async function askSince(moment: number): Promise<Known> {
    const answer = await ask();
    return answer.askedAt >= moment ? answer : ask();
  }

  async function fresh(): Promise<Known> {
    const oldest = performance.now() - settings.silenceMilliseconds;
    // Asking before giving up: after a stalled event loop the silence was ours, not PostgreSQL's.
    return known && known.askedAt > oldest ? known : askSince(oldest);
  }

  function poll(): void {
    if (isStopped) return;
    timer = setTimeout(() => void ask().then(poll, poll), settings.pollMilliseconds);
  }

  return {
    async start() {
      isStopped = false;
      await ask();
      poll();
    },
    async stop() {
      isStopped = true;
      clearTimeout(timer);
      await asking?.catch(() => {});
      disconnect();
    },
    inForce: async () => currentOf(await fresh(), now()),
    async upTo(version) {
      const answer = known && known.version >= version ? await fresh() : await askSince(performance.now());
      if (answer.version < version) throw new Unavailable('orders');
      return currentOf(answer, now());
    },
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
