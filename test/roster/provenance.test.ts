import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { asSuperuser } from '../support/stores.ts';
import { aafFiles, aafXml, MOTHER } from './aaf-files.ts';
import { BY, type RosterWorld, rosterWorld } from './world.ts';

const OTHER = { ...BY, osUser: 'paul' };
const UAI = '0130001A';

let world: RosterWorld;
beforeEach(async () => {
  world = await rosterWorld();
});
afterEach(() => world.close());

const newMobile = () =>
  aafFiles({ 'rel.xml': aafXml('PersRelEleve', [{ ...MOTHER, mobile: '0639980000' }]) });

async function phones(person: number) {
  const rows = await world.db
    .selectFrom('contacts')
    .select(['id', 'plans', 'until_at'])
    .where('person', '=', person)
    .where('kind', '=', 'phone')
    .orderBy('id')
    .execute();
  return rows.map(({ id, plans, until_at }) => ({ id, plans, isOpen: until_at === null }));
}

async function handsOf(plan: string): Promise<unknown> {
  const row = await world.db
    .selectFrom('roster_plans')
    .select('hands')
    .where('id', '=', plan)
    .executeTakeFirstOrThrow();
  return row.hands;
}

async function letterFor(person: number): Promise<string> {
  const batch = await world.db
    .insertInto('letter_batches')
    .values({
      uai: UAI,
      class_id: null,
      whose: 'pupils',
      printed_by: JSON.stringify(BY),
      printed_at: new Date(0),
    })
    .returning('id')
    .executeTakeFirstOrThrow();
  const letter = await world.db
    .insertInto('letters')
    .values({
      ...{ person, batch: batch.id, number: 1, code_digest: Buffer.alloc(32, person), state: 'printed' },
      ...{ epoch: 0, generation: 1, printed_at: new Date(0), expires_at: new Date('2030-01-01') },
      ...{ handed_over_at: null, ended_at: null },
    })
    .returning('id')
    .executeTakeFirstOrThrow();
  return letter.id;
}

it('names on each row the plan that brought it in, and on the plan everybody who made, applied or undid it', async () => {
  const { id: first } = await world.imported(aafFiles());
  const mother = await world.numberOf('900');
  const child = await world.numberOf('100');
  expect(await phones(mother)).toMatchObject([{ plans: [first], isOpen: true }]);
  const rows = await Promise.all([
    world.db.selectFrom('memberships').select('plans').where('person', '=', child).execute(),
    world.db.selectFrom('guardianships').select('plans').where('child', '=', child).execute(),
  ]);
  for (const { plans } of rows.flat()) expect(plans).toEqual([first]);
  const second = await world.planned(newMobile());
  await world.apply({ id: second.id, by: OTHER, closures: 'accepted' });
  expect(await handsOf(second.id)).toEqual([BY, OTHER]);
  await world.undo({ id: second.id, by: BY });
  expect(await handsOf(second.id)).toEqual([BY, OTHER, BY]);
  // What the undo brought back was brought back by it: both plans stand behind it.
  expect((await phones(mother)).filter(({ isOpen }) => isOpen)).toMatchObject([
    { plans: [first, second.id] },
  ]);
});

it('voids the letter of a guardian whose contact changed, and has the former contact told', async () => {
  await world.imported(aafFiles());
  const mother = await world.numberOf('900');
  const child = await world.numberOf('100');
  const [letter, childs] = [await letterFor(mother), await letterFor(child)];
  const [former] = await phones(mother);
  await world.imported(newMobile());
  const states = await world.db
    .selectFrom('letters')
    .select(['id', 'state'])
    .where('id', 'in', [letter, childs])
    .execute();
  expect(Object.fromEntries(states.map(({ id, state }) => [id, state]))).toEqual({
    [letter]: 'void',
    [childs]: 'printed',
  });
  const { rows } = await world.pool.query<{ name: string }>('select current_database() as name');
  const jobs = await asSuperuser('select payload from graphile_worker._private_jobs', rows[0]?.name);
  expect(jobs.rows).toContainEqual({ payload: { contact: former?.id } });
});

it('has whoever has an account told at the former contact and at those that stand, and of an undo too', async () => {
  await world.imported(aafFiles());
  const mother = await world.numberOf('900');
  await world.activate(mother);
  const { id } = await world.imported(newMobile());
  const [mail, former, added, ...more] = await contactsOf(mother);
  expect([more, await toldContacts()]).toEqual([[], [mail, former, added]]);
  await world.undo({ id, by: BY });
  const [back] = (await contactsOf(mother)).slice(3);
  expect(await toldContacts()).toEqual([mail, former, added, mail, added, back]);
});

async function contactsOf(person: number): Promise<number[]> {
  const rows = world.db.selectFrom('contacts').select('id').where('person', '=', person).orderBy('id');
  return (await rows.execute()).map(({ id }) => id);
}

/** Of the jobs, in the order of the acts. */
async function toldContacts(): Promise<number[]> {
  const { rows } = await world.pool.query(`
    select (j.payload ->> 'contact')::int as contact
    from graphile_worker._private_jobs j join graphile_worker._private_tasks t on t.id = j.task_id
    where t.identifier = 'activation.contact-notice' order by j.payload ->> 'at', contact`);
  return rows.map(({ contact }) => contact);
}
