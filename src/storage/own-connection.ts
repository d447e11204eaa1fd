import pg from 'pg';
import { asUnavailable } from './postgres.ts';
import { Unavailable } from './unavailable.ts';

/** A connection outside the pool: for what must be answered while the pool is busy, and to hear notifications. */
export interface OwnConnection {
  query(text: string, values: readonly unknown[]): Promise<Record<string, unknown>[]>;
  close(): void;
}

export interface OwnConnectionOptions {
  /** The pool whose server, role and settings it shares. */
  pool: pg.Pool;
  channels: readonly string[];
  /** A notification came on one of the channels. */
  onNotice(): void;
  /** It broke, asked or not: whoever asks next should open another. */
  onLost(): void;
  /** No answer within this means the connection is dead. */
  answerMilliseconds: number;
}

export async function openOwnConnection(options: OwnConnectionOptions): Promise<OwnConnection> {
  const { pool, channels, onNotice, onLost, answerMilliseconds } = options;
  const client = new pg.Client({ ...connectionOf(pool), connectionTimeoutMillis: answerMilliseconds });
  client.on('error', onLost);
  client.on('notification', onNotice);
  const close = () => void client.end().catch(() => {});
  const query: OwnConnection['query'] = async (text, values) => {
    // pg reads `query_timeout` of a query; its types do not know it.
    const asked = { text, values: [...values], query_timeout: answerMilliseconds };
    try {
      return (await client.query<Record<string, unknown>>(asked)).rows;
    } catch (error) {
      throw asUnavailable(error);
    }
  };
  try {
    await client.connect();
    for (const channel of channels) await query(`listen ${client.escapeIdentifier(channel)}`, []);
  } catch (error) {
    close();
    throw error instanceof Unavailable ? error : new Unavailable('postgresql', { cause: error });
  }
  return { query, close };
}

/** The pool hides its password from being spread. */
export function connectionOf(pool: pg.Pool): pg.ClientConfig {
  const { password } = pool.options;
  return { ...pool.options, ...(password === undefined ? {} : { password }) };
}
