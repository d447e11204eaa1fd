import { setTimeout as pause } from 'node:timers/promises';
import type { Scope } from '../orders/scope.ts';
import type { Db } from '../storage/postgres.ts';
import type { AccountState } from '../storage/schema.ts';
import { Unavailable } from '../storage/unavailable.ts';
import { countByState, countDecoysOf } from './store.ts';

export interface ScopeCount {
  readonly persons: number;
  readonly byState: Readonly<Record<AccountState, number>>;
  /** Not among them: persons whom nobody is. */
  readonly decoys: number;
}

const PATIENCE = 1000;

/** How many persons an order would be over now. Undefined where counting takes too long: no order waits for that. */
export function countScope(db: Db, scope: Scope): Promise<ScopeCount | undefined> {
  return Promise.race([counted(db, scope), pause(PATIENCE, undefined, { ref: false })]);
}

async function counted(db: Db, scope: Scope): Promise<ScopeCount | undefined> {
  try {
    const byState = await countByState(db, scope);
    const persons = byState.dormant + byState.active + byState.closed;
    return { persons, byState, decoys: await countDecoysOf(db, scope) };
  } catch (error) {
    if (error instanceof Unavailable) return undefined;
    throw error;
  }
}
