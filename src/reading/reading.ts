import type { Ledger } from '../ledger/ledger.ts';
import { createJudged } from '../orders/judged.ts';
import type { OrdersInForce } from '../orders/order.ts';
import type { Orders } from '../orders/orders.ts';
import type { Right } from '../rights/rights.ts';
import type { Settings } from '../settings.ts';
import type { Db, Tx } from '../storage/postgres.ts';
import type { BudgetState } from './budget.ts';
import { noteDecoys } from './decoys.ts';
import { read } from './read.ts';

export interface Dependencies {
  db: Db;
  orders: Pick<Orders, 'inForce' | 'upTo'>;
  ledger: Pick<Ledger, 'append'>;
  settings: Settings['reading'];
  now: () => Date;
  /** Told of each read in its transaction, before anything is opened; beside the one that notes decoys. */
  watches?: readonly Watch[];
}

export type Watch = (
  tx: Tx,
  seen: { asked: Asked; persons: readonly number[]; inForce: OrdersInForce; at: Date },
) => Promise<void>;

/** Who reads whom, which fields, under which right, in which session, from where. */
export interface Asked {
  readonly reader: number;
  readonly right: Right;
  /** The digest of the session's uid. */
  readonly session: Buffer;
  /** As the request has it; kept truncated. */
  readonly address: string;
  /** Not known to the reader's account: each person counts twice. */
  readonly isNewDevice: boolean;
  /** Nobody: a search that found nobody, or one that has yet to look. It costs one and writes no line. */
  readonly persons: readonly number[];
  /** Names of the ledger's fields: exactly what will be shown of each. */
  readonly fields: readonly string[];
  /** Shown on the same page with other fields: guardians, whoever read the record. */
  readonly alongside?: readonly Alongside[];
  /** Ids and numbers for the ledger's context. Never what was typed. */
  readonly details?: Readonly<Record<string, string | number | boolean | null>>;
  /** Whoever was read under this key in this session and under this right costs nothing again. Each look has its lines. */
  readonly chargedOnce?: string;
  /** The same, and no second line: of the list of a window, which stands on the screen while a class claims. */
  readonly once?: string;
  /** The `charge` of the read that this one goes on with: it does not wait for the pause that one began. */
  readonly continuing?: string;
}

export interface Alongside {
  readonly persons: readonly number[];
  readonly fields: readonly string[];
  /** The name of a colleague who read the record is a line of the ledger, and no charge. */
  readonly costs: 'a-read' | 'nothing';
}

export type Read =
  /** The lines are written: what was asked for may be opened now, and nothing else. */
  | { outcome: 'read'; budget: BudgetState; charge: string }
  /** Near the limit reading slows: not before `until`. */
  | { outcome: 'paused'; budget: BudgetState; until: Date }
  /** Only another person's approval opens more before the window has passed; the alarm was raised. */
  | { outcome: 'exhausted'; budget: BudgetState; until: Date }
  /** The session or the right ended, the reader is locked or frozen, or rights are suspended. */
  | { outcome: 'not-allowed' };

export interface Reading {
  /**
   * Charges the budget and writes the lines in one transaction; nothing may be opened before it answered `read`.
   * Throws Unavailable where the ledger cannot be written: nothing read, nothing charged.
   */
  read(asked: Asked): Promise<Read>;
}

export function createReading(given: Dependencies): Reading {
  const { ledger, settings, now, watches = [] } = given;
  const all = [noteDecoys, ...watches];
  const judged = createJudged(given);
  return {
    read: (asked) =>
      judged((tx, inForce) => read(tx, { asked, inForce, ledger, settings, watches: all, at: now() })),
  };
}
