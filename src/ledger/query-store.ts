import type { Db } from '../storage/postgres.ts';

export function selectDisclosuresOf(db: Db, person: number, { from, to }: { from: Date; to: Date }) {
  return db
    .selectFrom('disclosures as d')
    .innerJoin('disclosure_contexts as c', 'c.id', 'd.context')
    .select(['d.batch', 'd.ordinal', 'd.at', 'd.kind', 'd.fields'])
    .select(['c.recipient', 'c.client_id', 'c.publisher', 'c.contract_version', 'c.reader', 'c.right_id'])
    .select(['c.address', 'c.session_digest', 'c.grant_digest', 'c.details'])
    .where('d.person', '=', person)
    .where('d.at', '>=', from)
    .where('d.at', '<', to)
    .orderBy('d.at')
    .orderBy('d.batch')
    .orderBy('d.ordinal')
    .execute();
}
