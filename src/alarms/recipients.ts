import { sql } from 'kysely';
import type { Db, Tx } from '../storage/postgres.ts';

/**
 * Whom an alarm goes to: the head of the school (its own address, where it has one) and the officers of its académie;
 * of no school, those of the nation. Never to whom it is about, nor to who did it. Null is the school's own address.
 */
export async function recipientsOf(db: Db | Tx, alarm: string, at: Date): Promise<(number | null)[]> {
  const { rows } = await sql<{ contact: number | null }>`
    with alarm as (select * from alarms where id = ${alarm}::uuid),
    readers as (
      select m.person from alarm a join memberships m on m.uai = a.uai
      where m.profile = 'staff' and m.function = 'DIR' and m.until_at is null
        and not exists (select from establishments e where e.uai = a.uai and e.mail is not null)
      union
      select r.person from alarm a join rights r on r.ended_at is null and r.from_at <= ${at} and r.until_at > ${at}
      where (r.role = 'academie-officer' and r.academie = a.academie)
         or (r.role = 'national-officer' and a.academie is null))
    select null::bigint as contact from alarm a join establishments e on e.uai = a.uai where e.mail is not null
    union all
    select min(c.id) from contacts c
    where c.kind = 'mail' and c.until_at is null and c.person in (select person from readers)
      and not exists (select from alarm a
                      where a.person = c.person or a.details -> 'reset_by' @> to_jsonb(c.person))
    group by c.person, c.digest order by 1`.execute(db);
  return rows.map(({ contact }) => contact);
}

export async function mailOf(
  db: Db,
  given: { uai: string | undefined; contact: number | null },
): Promise<{ address: string } | { reader: number; sealed: Buffer } | undefined> {
  const { uai, contact } = given;
  if (contact === null) {
    const school = await db
      .selectFrom('establishments')
      .select('mail')
      .where('uai', '=', uai ?? '')
      .executeTakeFirst();
    return school?.mail ? { address: school.mail } : undefined;
  }
  return db
    .selectFrom('contacts')
    .select(['person as reader', 'sealed'])
    .where('id', '=', contact)
    .where('until_at', 'is', null)
    .executeTakeFirst();
}
