import { randomUUID } from 'node:crypto';
import { chargeBudget, ensureBudget, findBudget } from '../../src/reading/store.ts';
import type { Db } from '../../src/storage/postgres.ts';

interface Given {
  reader: number;
  limit: number;
  at: string;
}

export function charge(db: Db, given: Given): Promise<boolean> {
  return db.transaction().execute(async (tx) => {
    await ensureBudget(tx, chargeOf(given, given.limit));
    return (await chargeBudget(tx, chargeOf(given, given.limit))) !== undefined;
  });
}

/** The naive form: look, compare, write. */
export function countThenCharge(db: Db, given: Given): Promise<boolean> {
  return db.transaction().execute(async (tx) => {
    const asked = chargeOf(given, 1_000_000);
    await ensureBudget(tx, asked);
    const { spent } = await findBudget(tx, asked);
    if (spent.hour + 1 > given.limit) return false;
    await chargeBudget(tx, asked);
    return true;
  });
}

function chargeOf({ reader, at }: Given, limit: number) {
  return {
    ...{ reader, role: 'head', cost: 1, limits: { hour: limit, day: limit }, charge: randomUUID() },
    ...{ continuing: undefined, right: randomUUID(), uai: undefined, academie: undefined, at: new Date(at) },
  };
}
