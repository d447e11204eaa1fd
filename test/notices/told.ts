import { sql } from 'kysely';
import { openContacts } from '../../src/directory/contacts.ts';
import type { Db } from '../../src/storage/postgres.ts';
import { type Accounts, MORNING } from '../accounts/builders.ts';

/** From now on there is somewhere to tell them. */
export async function reachedByMail({ accounts }: { accounts: Accounts }, person: number): Promise<void> {
  const { digests, transaction } = accounts;
  const sealer = await accounts.sealer(person);
  const mail = { sealer, uai: null, kind: 'mail' as const, value: 'lina@famille.example' };
  await transaction((tx) => openContacts(tx, [mail], { digests, at: MORNING }));
}

/** What there are notices of, each with its job. */
export async function toldOf({ stores }: { stores: { db: Db } }, person: number): Promise<string[]> {
  const { rows } = await sql<{ told: string }>`
    select n.told from claim_notices n
    join graphile_worker._private_jobs j on j.payload ->> 'notice' = n.id::text
    where n.person = ${person} and n.recipient = 'holder' order by n.told`.execute(stores.db);
  return rows.map(({ told }) => told);
}
