import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { liftLock, lockAccount } from '../../src/accounts/locks.ts';
import { resetAccount } from '../../src/accounts/reset/reset-account.ts';
import { formatActivationCode } from '../../src/activation/activation-code.ts';
import { findPersonByRosterKey } from '../../src/directory/persons.ts';
import { createRosterOperations } from '../../src/roster/operations.ts';
import { findGrownups, type Grownups } from './model.ts';
import { activate, ask, confirmed } from './people.ts';
import { BY, DAY, type World } from './world.ts';

const PASSWORD = 'sept-chevaux-bleus-1789';
let schools = 0;

export interface RosterOf {
  uai?: string;
  mail?: string;
  mobile?: string;
  /** Keys that the file does not name. */
  without?: readonly string[];
}

/** Dormant: a pupil, a guardian, a teacher. Active: their other guardian, another pupil, the head. Reset: a colleague. */
export type Key = 'pupil' | 'guardian' | 'teacher' | 'parent' | 'other' | 'head' | 'colleague';
const DORMANT = ['pupil', 'guardian', 'teacher', 'colleague'] as const;

/** What was half-open, and what may still be tried with it. */
interface Held {
  codes: { person: number; code: string }[];
  words: string[];
  tokens: string[];
  halves: { token: string; half: string }[];
  desks: { person: number; characters: string }[];
  vouches: { request: string; digits: string }[];
}

/** A school brought by a roster, and everything that was begun there. */
export class School {
  readonly uai: string;
  readonly world: World;
  readonly persons = new Map<Key, number>();
  readonly held: Held = { codes: [], words: [], tokens: [], halves: [], desks: [], vouches: [] };
  readonly #folder = mkdtempSync(join(tmpdir(), 'preau-revived-'));
  readonly #windows: string[] = [];
  #sending: Grownups | undefined;

  constructor(world: World) {
    schools += 1;
    this.world = world;
    this.uai = `${String(2_000_000 + schools)}A`;
  }

  person(key: Key): number {
    return this.persons.get(key) ?? 0;
  }

  rosters() {
    const { stores, keyRing, digests, now, settings } = this.world;
    return createRosterOperations({ db: stores.db, keyRing, digests, now, settings: settings.roster });
  }

  /** Answers the plan. */
  async import(given: RosterOf = {}): Promise<string> {
    const { plan, apply } = this.rosters();
    const file = join(this.#folder, 'rentree.csv');
    writeFileSync(file, this.#csv(given));
    const planned = await plan({ files: [file], by: BY });
    if (planned.outcome !== 'planned') throw new Error(JSON.stringify(planned));
    const applied = await apply({ id: planned.id, by: BY, closures: 'accepted' });
    if (applied.outcome !== 'applied') throw new Error(JSON.stringify(applied));
    return planned.id;
  }

  async undo(id: string): Promise<void> {
    const undone = await this.rosters().undo({ id, by: BY });
    if (undone.outcome !== 'undone') throw new Error(JSON.stringify(undone));
  }

  async start(): Promise<void> {
    const { stores, digests } = this.world;
    await this.import();
    for (const key of ['pupil', 'guardian', 'teacher', 'parent', 'other', 'head', 'colleague'] as const) {
      const rosterKey = { academie: '13', source: 'csv', key: `${key}${this.uai}` };
      this.persons.set(key, (await findPersonByRosterKey(stores.db, digests, rosterKey)) ?? 0);
    }
    for (const key of ['parent', 'other', 'head', 'colleague'] as const) await this.#claimBefore(key);
    this.#sending = await findGrownups(this.world);
    // Long enough for a half to be sent to a contact of the feed.
    this.world.wait(15 * DAY);
  }

  async #claimBefore(key: Key): Promise<void> {
    const person = await activate(this.world, this.person(key));
    const row = { person, hash: 'hash of before', epoch: 0, generation: 1, set_at: this.world.now() };
    await this.world.stores.db.insertInto('passwords').values(row).execute();
  }

  /** Letters, a window, ceremonies begun, screens that wait, halves sent: all of it alive. */
  async begin(): Promise<void> {
    const { activation } = this.world;
    const { held } = this;
    await this.print();
    const word = await this.openWindow();
    held.words.push(word);
    for (const { person, code } of held.codes) {
      if (person === this.person('pupil')) {
        const begun = await activation.begin(activation.classWindow, { code, proof: word });
        if (begun.outcome === 'begun') held.tokens.push(begun.token);
        const vouch = await ask(this.world, 'guardian-vouch', code);
        held.vouches.push({ request: vouch.id, digits: vouch.shown });
        held.tokens.push(vouch.token);
      } else {
        const split = await ask(this.world, 'split-letter', code);
        const half = await this.#sending?.send(split.id);
        if (half) held.halves.push({ token: split.token, half });
        held.tokens.push(split.token);
      }
      const desk = await ask(this.world, 'desk', code);
      held.desks.push({ person, characters: desk.shown });
      held.tokens.push(desk.token);
    }
  }

  async print(): Promise<void> {
    const own = new Set(this.persons.values());
    for (const profile of ['pupil', 'guardian', 'teacher'] as const) {
      const printing = await this.world.activation.printLetters({ uai: this.uai, profile, by: BY });
      if (printing.outcome !== 'printing') continue;
      for await (const { person, code } of printing.letters)
        if (own.has(person)) this.held.codes.push({ person, code: formatActivationCode(code) });
    }
  }

  async openWindow(): Promise<string> {
    const asked = { uai: this.uai, className: '6A', minutes: 20, by: BY };
    const opened = await this.world.activation.openWindow(asked);
    if (opened.outcome !== 'opened') return '';
    this.#windows.push(opened.id);
    return opened.word;
  }

  /** A letter printed anew, windows closed, a lock set and lifted, a reset: nothing of before lets in. */
  async kill(): Promise<void> {
    const { stores, activation, now } = this.world;
    const { db } = stores;
    for (const id of this.#windows) await activation.closeWindow({ id, by: BY });
    for (const key of DORMANT) {
      const person = this.person(key);
      await db.transaction().execute(async (tx) => {
        if (key === 'colleague') await resetAccount(tx, BY, { person, reason: 'lost', at: now() });
        const locked = await lockAccount(tx, BY, { person, reason: 'test', at: now() });
        if (locked.outcome === 'locked')
          await liftLock(tx, BY, { lock: locked.lock, reason: 'test', at: now() });
      });
    }
  }

  /** With all that is held, and with a word of today besides. How often anything went on. */
  async tryAll(word: string): Promise<number> {
    const { activation } = this.world;
    const { codes, words, tokens, halves, desks, vouches } = this.held;
    const outcomes: string[] = [];
    for (const { code } of codes) {
      for (const proof of [word, ...words]) {
        const begun = await activation.begin(activation.classWindow, { code, proof });
        outcomes.push(begun.outcome);
        if (begun.outcome === 'begun') tokens.push(begun.token);
      }
    }
    const [staff, guardian] = [this.person('head'), this.person('parent')];
    for (const { person, characters } of desks) {
      const act = { staff, person, characters, document: 'passport', confirm: confirmed } as const;
      outcomes.push((await activation.holdDesk(act)).outcome);
    }
    for (const { request, digits } of vouches)
      outcomes.push((await activation.vouch({ guardian, request, digits, confirm: confirmed })).outcome);
    for (const { token, half } of halves) outcomes.push((await activation.typeHalf(token, half)).outcome);
    for (const token of tokens) outcomes.push((await activation.claim(token, PASSWORD)).outcome);
    return outcomes.filter((one) => ['begun', 'claimed', 'proved'].includes(one)).length;
  }

  /** Who is active with a password that lets in, by key. */
  async active(): Promise<Key[]> {
    const rows = await this.world.stores.db
      .selectFrom('account_states as s')
      .innerJoin('accounts as a', 'a.person', 's.person')
      .innerJoin('passwords as p', 'p.person', 's.person')
      .select('s.person')
      .where('s.state', '=', 'active')
      .where('s.until_at', 'is', null)
      .whereRef('p.epoch', '=', 'a.epoch')
      .execute();
    const found = new Set(rows.map(({ person }) => person));
    return [...this.persons]
      .filter(([, person]) => found.has(person))
      .map(([key]) => key)
      .sort();
  }

  async closed(): Promise<Key[]> {
    const rows = await this.world.stores.db
      .selectFrom('account_states')
      .select('person')
      .where('state', '=', 'closed')
      .where('until_at', 'is', null)
      .execute();
    const found = new Set(rows.map(({ person }) => person));
    return [...this.persons].filter(([, person]) => found.has(person)).map(([key]) => key);
  }

  /** Rows that let in, whatever state their person is in: of an older epoch they would be revived by a lower one. */
  async epochs(): Promise<Record<string, number>> {
    const rows = await this.world.stores.db
      .selectFrom('accounts')
      .select(['person', 'epoch'])
      .where('person', 'in', [...this.persons.values()])
      .execute();
    return Object.fromEntries(rows.map(({ person, epoch }) => [person, epoch]));
  }

  end(): void {
    rmSync(this.#folder, { recursive: true });
  }

  #csv({ uai = this.uai, mail = 'ancien', mobile = '+33639980001', without = [] }: RosterOf): string {
    const at = `${uai};Collège ${uai};13`;
    const key = (name: Key) => `${name}${this.uai}`;
    const lines: [Key, string][] = [
      ['pupil', `élève;${key('pupil')};Valnac;Lina;2015-03-07;;;${at};6A;;`],
      ['other', `élève;${key('other')};Valnac;Tom;2015-03-07;;;${at};6A;;`],
      [
        'guardian',
        `responsable;${key('guardian')};Valnac;Éva;;${mobile};${mail}.eva@familles.example;${at};;${key('pupil')}:1:mother;`,
      ],
      ['parent', `responsable;${key('parent')};Valnac;Paul;;+33639980003;;${at};;${key('pupil')}:2:father;`],
      ['teacher', `enseignant;${key('teacher')};Pelnier;Nina;;;${mail}.nina@ecole.example;${at};6A;;`],
      ['colleague', `enseignant;${key('colleague')};Doret;Hugo;;;${mail}.hugo@ecole.example;${at};6A;;`],
      ['head', `personnel;${key('head')};Corlet;Anne;;;;${at};;;DIR`],
    ];
    // Without them the file would say nothing of their profile, and close nobody of it.
    const stay = [
      `élève;stay1${this.uai};Genêt;Rose;2015-03-07;;;${at};6A;;`,
      `responsable;stay2${this.uai};Genêt;Anne;;;;${at};;stay1${this.uai}:1:mother;`,
      `enseignant;stay3${this.uai};Genêt;Luc;;;;${at};6B;;`,
    ];
    const columns =
      'profil;clé;nom;prénom;date de naissance;portable;courriel;uai;établissement;académie;classes;enfants;fonctions';
    const named = lines.filter(([name]) => !without.includes(name)).map(([, line]) => line);
    return `${[columns, ...stay, ...named].join('\n')}\n`;
  }
}
