import { performance } from 'node:perf_hooks';
import type { Pool } from 'pg';
import { type OwnConnection, openOwnConnection } from '../storage/own-connection.ts';
import { Unavailable } from '../storage/unavailable.ts';
import { createCurrent, type Known, readAnswer } from './known.ts';
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

export function createOrders(dependencies: OrdersDependencies): Orders {
  return new OrdersWatch(dependencies);
}

class OrdersWatch implements Orders {
  readonly #from: OrdersDependencies;
  readonly #listeners = new Set<(inForce: OrdersInForce) => void>();
  readonly #currentOf = createCurrent();
  #connection: Promise<OwnConnection> | undefined;
  /** The connection that the last answer came by. */
  #askedOn: OwnConnection | undefined;
  #known: Known | undefined;
  #asking: Promise<Known> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #isStopped = false;
  #isSilent = false;

  constructor(dependencies: OrdersDependencies) {
    this.#from = dependencies;
  }

  async start(): Promise<void> {
    this.#isStopped = false;
    await this.#ask();
    this.#poll();
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    clearTimeout(this.#timer);
    await this.#asking?.catch(() => {});
    this.#disconnect();
  }

  async inForce(): Promise<OrdersInForce> {
    return this.#currentOf(await this.#fresh(), this.#from.now());
  }

  async upTo(version: number): Promise<OrdersInForce> {
    const isKnown = this.#known !== undefined && this.#known.version >= version;
    const answer = isKnown ? await this.#fresh() : await this.#askSince(performance.now());
    if (answer.version < version) throw new Unavailable('orders');
    return this.#currentOf(answer, this.#from.now());
  }

  onChange(listener: (inForce: OrdersInForce) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #poll(): void {
    if (this.#isStopped) return;
    const again = () => this.#poll();
    const ask = () => void this.#ask().then(again, again);
    this.#timer = setTimeout(ask, this.#from.settings.pollMilliseconds);
  }

  async #fresh(): Promise<Known> {
    const oldest = performance.now() - this.#from.settings.silenceMilliseconds;
    if (this.#known && this.#known.askedAt > oldest) return this.#known;
    // Asking before giving up: after a stalled event loop the silence was ours, not PostgreSQL's.
    return this.#askSince(oldest);
  }

  /** An answer to a question asked no earlier than `moment`: one under way may be too old. */
  async #askSince(moment: number): Promise<Known> {
    const answer = await this.#ask();
    return answer.askedAt >= moment ? answer : this.#ask();
  }

  #ask(): Promise<Known> {
    this.#asking ??= this.#askOnce().finally(() => {
      this.#asking = undefined;
    });
    return this.#asking;
  }

  async #askOnce(): Promise<Known> {
    // A notification that comes as we stop would open a connection that nobody closes.
    if (this.#isStopped) throw new Unavailable('orders');
    try {
      const connection = await this.#connected();
      const askedAt = performance.now();
      // On a new connection there may be another server, that came to the same version by other orders.
      const known = this.#askedOn === connection ? this.#known : undefined;
      const [answer] = await connection.query(ASK_ORDERS, [known?.version ?? null, this.#from.now()]);
      this.#askedOn = connection;
      return this.#learn(readAnswer({ answer, askedAt, known }));
    } catch (error) {
      this.#fallSilent(error);
      throw error instanceof Unavailable ? error : new Unavailable('orders', { cause: error });
    }
  }

  #learn(next: Known): Known {
    const before = this.#known;
    this.#known = next;
    this.#isSilent = false;
    const hasMoved = before?.version !== next.version || before.clientsVersion !== next.clientsVersion;
    if (before && hasMoved)
      for (const listener of this.#listeners) listener(this.#currentOf(next, this.#from.now()));
    return next;
  }

  #fallSilent(error: unknown): void {
    this.#disconnect();
    const isNews = !this.#isSilent && !this.#isStopped;
    this.#isSilent = true;
    if (isNews) this.#from.log.warn({ err: error }, 'orders: PostgreSQL does not answer');
  }

  #connected(): Promise<OwnConnection> {
    if (this.#connection !== undefined) return this.#connection;
    const opened = openOwnConnection({
      pool: this.#from.pool,
      channels: CHANNELS,
      onNotice: () => void this.#askSince(performance.now()).catch(() => {}),
      onLost: () => {
        if (this.#connection === opened) this.#disconnect();
      },
      answerMilliseconds: this.#from.settings.silenceMilliseconds,
    });
    this.#connection = opened;
    return opened;
  }

  #disconnect(): void {
    const lost = this.#connection;
    this.#connection = undefined;
    lost?.then((open) => open.close()).catch(() => {});
  }
}
