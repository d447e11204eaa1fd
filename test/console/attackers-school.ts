import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { activateAccount } from '../../src/accounts/activate-account.ts';
import { setPassword } from '../../src/accounts/set-password.ts';
import type { Actor } from '../../src/audit/actor.ts';
import { findPersonByRosterKey, getPersonIds } from '../../src/directory/persons.ts';
import { createJudged } from '../../src/orders/judged.ts';
import { confirmedByOperator as confirm } from '../../src/rights/confirm.ts';
import { createGrantRight } from '../../src/rights/grant.ts';
import { createRosterOperations } from '../../src/roster/operations.ts';
import { LONG_BEFORE } from '../accounts/builders.ts';
import { aUsername, PASSWORD, withTotp } from '../login/people.ts';
import { BY, type World } from '../support/world.ts';
import type { StaffMember } from './staff.ts';

export const CLASS = '6A';
/** The attacker's own telephone. */
export const THEIRS = '+33639980666';

/** What the attacker would like to stand in the roster. */
export type Feed = 'as-it-was' | 'contact' | 'guardian' | 'teacher';

export interface Victim {
  person: number;
  id: string;
}

export interface AttackedSchool {
  uai: string;
  attacker: StaffMember & { id: string };
  /** The attacker's own child, another child, that child's guardian, all dormant; a colleague who has an account. */
  victims: readonly Victim[];
  feed(what: Feed): string;
  /** Of whom the account was claimed, or has a password it had not: none may ever be. */
  claimed(): Promise<number>;
}

let schools = 0;
let hashed: Promise<string> | undefined;

/** A head who distributes and teaches, and has a child in the school: whatever rights a school can give one person. */
export async function anAttackedSchool(world: World): Promise<AttackedSchool> {
  schools += 1;
  const uai = `${String(1_000_000 + schools)}B`;
  const feed = (what: Feed) => csvOf(uai, what);
  await bringIn(world, feed('as-it-was'));
  const find = (key: string) => findVictim(world, `${key}${uai}`);
  const self = await find('S');
  const victims = [await find('K'), await find('V'), await find('G'), await find('C')];
  const attacker = await settle(world, self.person);
  const [, , , colleague] = victims;
  await settle(world, colleague?.person ?? 0);
  await makeDistributor(world, { person: self.person, uai });
  const claimed = () => countClaimed(world, victims);
  return { uai, attacker: { ...attacker, id: self.id }, victims, feed, claimed };
}

/** An officer of the académie takes a plan of the school for what it says it is, and applies it. */
export async function applyFromAbove(world: World, plan: string, by: Actor): Promise<{ outcome: string }> {
  return rosters(world).apply({ id: plan, by, closures: 'accepted' });
}

function rosters({ parts }: World) {
  return createRosterOperations({ ...parts, settings: parts.config.roster });
}

async function bringIn(world: World, csv: string): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'preau-attacked-'));
  const file = join(folder, 'rentree.csv');
  writeFileSync(file, csv);
  const { plan, apply } = rosters(world);
  const planned = await plan({ files: [file], by: BY });
  if (planned.outcome !== 'planned') throw new Error(JSON.stringify(planned));
  const applied = await apply({ id: planned.id, by: BY, closures: 'accepted' });
  if (applied.outcome !== 'applied') throw new Error(JSON.stringify(applied));
  rmSync(folder, { recursive: true });
}

async function findVictim({ parts }: World, key: string): Promise<Victim> {
  const { db, digests } = parts;
  const person = await findPersonByRosterKey(db, digests, { academie: '13', source: 'csv', key });
  if (person === undefined) throw new Error(`nobody has the key ${key}`);
  return { person, id: (await getPersonIds(db, person)).id };
}

/** Claimed long before, with PASSWORD and a telephone. */
async function settle(world: World, person: number): Promise<StaffMember> {
  const { accounts, hasher } = world;
  const username = aUsername();
  hashed ??= hasher.hash(PASSWORD);
  const hash = await hashed;
  const claim = accounts.claim(person, username);
  const sealed = (await accounts.sealer(person)).seal('username', username);
  await accounts.transaction(async (tx) => {
    const named = { ...claim.username, sealed };
    await activateAccount(tx, { ...claim, username: named, claimedBy: 'before' });
    await setPassword(tx, { person, hash, epoch: 0, generation: 1, at: LONG_BEFORE });
  });
  return { person, username, ...(await withTotp(world, { person, username })) };
}

async function makeDistributor(world: World, to: { person: number; uai: string }): Promise<void> {
  const grant = createGrantRight({ judged: createJudged(world.parts), now: world.now });
  const scope = { kind: 'establishment', uai: to.uai } as const;
  const given = await grant({ by: BY, to: to.person, role: 'distributor', scope, confirm });
  if (given.outcome !== 'granted') throw new Error(given.outcome);
}

async function countClaimed({ stores }: World, victims: readonly Victim[]): Promise<number> {
  const { rows } = await stores.pool.query(
    `select a.person from accounts a left join passwords p on p.person = a.person
     where a.person = any($1) and a.claimed_by is distinct from 'before' and (a.claimed or p.person is not null)`,
    [victims.map(({ person }) => person)],
  );
  return rows.length;
}

function csvOf(uai: string, what: Feed): string {
  const place = `${uai};Collège ${uai};13;collège`;
  const mobile = (number: string) => (what === 'contact' ? THEIRS : number);
  const children = what === 'guardian' ? `K${uai}:1:mother|V${uai}:2:mother` : `K${uai}:1:mother`;
  const teaching = what === 'teacher' ? '' : `enseignant;S${uai};Doret;Hugo;;;${place};${CLASS};;\n`;
  return `profil;clé;nom;prénom;date de naissance;portable;uai;établissement;académie;type;classes;enfants;fonctions
élève;K${uai};Doret;Lina;2015-03-07;;${place};${CLASS};;
élève;V${uai};Valnac;Tom;2015-03-07;;${place};${CLASS};;
responsable;G${uai};Valnac;Éva;;${mobile('+33639980001')};${place};;V${uai}:1:mother;
responsable;S${uai};Doret;Hugo;;${THEIRS};${place};;${children};
enseignant;C${uai};Pelnier;Nina;;${mobile('+33639980002')};${place};${CLASS};;
personnel;S${uai};Doret;Hugo;;${THEIRS};${place};;;DIR
${teaching}`;
}
