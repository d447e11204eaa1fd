import { sql } from 'kysely';
import type { Db, Tx } from '../storage/postgres.ts';

/**
 * Whom an alarm goes to: the head of the school (its own address, where it has one) and the officers of its académie;
 * those of the nation where it has no académie, or nobody there but whom it is about. Never to them, nor to who did it.
 * Null is the school's own address.
 */
export async function recipientsOf(db: Db | Tx, alarm: string, at: Date): Promise<(number | null)[]> {
  const { rows } = await sql<{ contact: number | null }>`
    with alarm as (select * from alarms where id = ${alarm}::uuid),
    officers as (
      select r.person, r.role, r.academie from alarm a join rights r
        on r.role in ('academie-officer', 'national-officer') and ${isNotAbout('r.person')}
      where r.ended_at is null and r.from_at <= ${at} and r.until_at > ${at}),
    readers as (
      select m.person from alarm a join memberships m on m.uai = a.uai
      where m.profile = 'staff' and m.function = 'DIR' and m.until_at is null
        and not exists (select from establishments e where e.uai = a.uai and e.mail is not null)
      union
      select o.person from alarm a join officers o on case o.role
        when 'academie-officer' then o.academie = a.academie
        else a.academie is null or a.academie not in (select academie from officers where academie is not null) end)
    select null::bigint as contact from alarm a join establishments e on e.uai = a.uai where e.mail is not null
    union all
    select min(c.id) from contacts c
    where c.kind = 'mail' and c.until_at is null and c.person in (select person from readers)
      and exists (select from alarm a where ${isNotAbout('c.person')})
    group by c.person, c.digest order by 1`.execute(db);
  return rows.map(({ contact }) => contact);
}

function isNotAbout(person: string) {
  return sql`(a.person is distinct from ${sql.ref(person)}
    and not coalesce(a.details -> 'reset_by' @> to_jsonb(${sql.ref(person)}), false)
    and not coalesce(a.details -> 'given_by' @> to_jsonb(${sql.ref(person)}), false))`;
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
