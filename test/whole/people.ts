import { openDormantAccounts } from '../../src/accounts/open-dormant-account.ts';
import { formatActivationCode } from '../../src/activation/activation-code.ts';
import { applyOrder } from '../../src/crisis/apply-order.ts';
import { ensureClasses } from '../../src/directory/establishments.ts';
import { openMemberships } from '../../src/directory/memberships.ts';
import { createPersons } from '../../src/directory/persons.ts';
import type { Scope } from '../../src/orders/scope.ts';
import type { Profile } from '../../src/storage/schema.ts';
import { PASSWORD, type Someone, somebody, UAI } from '../login/people.ts';
import type { Answer, Visitor } from '../support/visitor.ts';
import { BY, type World } from '../support/world.ts';

export interface WithProofs {
  person: number;
  code: string;
  word: string;
  window: string;
}

const YEAR = 2026;
let classes = 0;

/** Active, with PASSWORD, a member of the school since yesterday: a cut-off order asks who was in its scope then. */
export async function someone(world: World, profile: Profile = 'pupil'): Promise<Someone> {
  const who = await somebody(world, profile);
  await world.parts.db
    .updateTable('memberships')
    .set({ from_at: new Date(world.now().getTime() - DAY) })
    .where('person', '=', who.person)
    .execute();
  return who;
}

const DAY = 86_400_000;

/** What letters and windows are made with. */
export type School = Pick<World, 'activation' | 'parts' | 'now'>;

/** Dormant pupils of a class of their own, each with a letter; its window is open. */
export async function pupilsWithProofs(world: School, count: number): Promise<WithProofs[]> {
  classes += 1;
  const className = `C${classes}`;
  const persons = await dormantClass(world, { className, count });
  const printing = await world.activation.printLetters({ uai: UAI, className, by: BY });
  if (printing.outcome !== 'printing') throw new Error(printing.outcome);
  const codes = new Map<number, string>();
  for await (const { person, code } of printing.letters) codes.set(person, formatActivationCode(code));
  const opened = await world.activation.openWindow({ uai: UAI, className, minutes: 20, by: BY });
  if (opened.outcome !== 'opened') throw new Error(opened.outcome);
  return persons.map((person) => ({
    person,
    code: codes.get(person) ?? '',
    word: opened.word,
    window: opened.id,
  }));
}

export async function pupilWithProofs(world: School): Promise<WithProofs> {
  const [pupil] = await pupilsWithProofs(world, 1);
  if (!pupil) throw new Error('no pupil');
  return pupil;
}

function dormantClass(
  { parts, now }: School,
  { className, count }: { className: string; count: number },
): Promise<number[]> {
  const at = now();
  return parts.db.transaction().execute(async (tx) => {
    const fields = Array.from({ length: count }, (_, index) => ({
      fields: { given_name: 'Lina', family_name: `Tulipe${index}` },
    }));
    const persons = await createPersons(tx, fields, { ...parts, at });
    await openDormantAccounts(tx, persons, at);
    const [found] = await ensureClasses(tx, [{ uai: UAI, schoolYear: YEAR, code: className }]);
    const membership = { uai: UAI, schoolYear: YEAR, classId: found?.id ?? null, function: null };
    const all = persons.map((person) => ({ ...membership, person, profile: 'pupil' as const }));
    await openMemberships(tx, all, at);
    return persons;
  });
}

export async function giveProofs(visitor: Visitor, { code, word }: { code: string; word: string }) {
  await visitor.open('/activate');
  return visitor.submit({ code, proof: word });
}

/** From an address that asks for it, through the password; the second factor is none. */
export async function signIn(visitor: Visitor, who: Someone, to = '/account'): Promise<Answer> {
  await visitor.open(to);
  return visitor.submit({ username: who.username, password: PASSWORD });
}

/** In force in this process when it resolves. */
export async function freeze(world: World, scope: Scope): Promise<string> {
  const wish = { measure: 'freeze', scope, reason: 'test', mode: 'live' } as const;
  const applied = await applyOrder(world.parts.db, BY, wish, world.now());
  if (applied.outcome !== 'applied') throw new Error(applied.refusal);
  const { version } = await world.parts.db
    .selectFrom('order_clock')
    .select('version')
    .executeTakeFirstOrThrow();
  await world.orders.upTo(version);
  return applied.order.id;
}
