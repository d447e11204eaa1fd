import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { liftLock, lockAccount } from '../../src/accounts/locks.ts';
import { resetAccount } from '../../src/accounts/reset/reset-account.ts';
import { createActivationTasks } from '../../src/activation/activation.ts';
import { HALF_TASK } from '../../src/activation/halves/task-names.ts';
import type { Actor } from '../../src/audit/actor.ts';
import { findPersonByRosterKey, getPersonIds } from '../../src/directory/persons.ts';
import { LOCALES_FOLDER, loadWords } from '../../src/http/translate.ts';
import { createLedger } from '../../src/ledger/ledger.ts';
import { createRosterOperations } from '../../src/roster/operations.ts';
import type { Tx } from '../../src/storage/postgres.ts';
import { activate, actorOf, ask, confirmed } from './people.ts';
import { BY, DAY, type World } from './world.ts';

/** What one session with every right of a school can do, and some time in between. */
export const ACTS = [
  ...['print-pupils', 'print-adults', 'reprint', 'hand-over', 'open-window', 'type-word'],
  ...['ask-desk', 'hold-desk', 'ask-vouch', 'vouch', 'ask-split', 'type-half'],
  ...['roster-contact', 'roster-guardian', 'roster-teacher', 'roster-as-it-was', 'roster-undo'],
  ...['reset', 'lock', 'lift', 'wait-an-hour', 'wait-a-day', 'wait-14-days', 'wait-21-days'],
] as const;
export type Act = (typeof ACTS)[number];

export interface Step {
  act: Act;
  /** Of the three others: whom it is about. */
  whom: number;
}

interface Half {
  way: 'desk' | 'guardian-vouch' | 'split-letter';
  token: string;
  id: string;
  shown: string;
  whom: number;
}

const PASSWORD = 'sept-chevaux-bleus-1789';
const THEIRS = '+33639980666';
let schools = 0;

/**
 * A head who also distributes, teaches the class and has a child in it: their own account is the only one they have.
 * The others: that child, another, its guardian, all dormant, and a colleague who has an account and may be reset.
 * Whatever lies in the attacker's hands (letters, words, screens, halves that come to their telephone) they use.
 */
export class StaffAttacker {
  readonly #world: World;
  readonly #uai: string;
  readonly #folder = mkdtempSync(join(tmpdir(), 'preau-attacker-'));
  readonly #codes = new Map<number, string[]>();
  readonly #tokens: string[] = [];
  readonly #halves: Half[] = [];
  readonly #sent: { to: string; text: string }[] = [];
  readonly #locks: string[] = [];
  readonly #batches: string[] = [];
  #word: string | undefined;
  #plan: string | undefined;
  #waited = 0;
  #self = 0;
  /** Own child, another child, the other child's guardian, a colleague. */
  #others: number[] = [];

  constructor(world: World) {
    schools += 1;
    this.#world = world;
    this.#uai = `${String(1_000_000 + schools)}A`;
  }

  async start(): Promise<void> {
    await this.#import('as-it-was', BY);
    const key = (one: string) => this.#find(`${one}${this.#uai}`);
    this.#self = await key('S');
    this.#others = [await key('K'), await key('V'), await key('G'), await key('C')];
    await activate(this.#world, this.#self);
    await activate(this.#world, this.#others[3] ?? 0);
  }

  async do({ act, whom }: Step): Promise<void> {
    const person = this.#others[whom % this.#others.length] ?? 0;
    await this.#act(act, person);
    await this.#claimWhatever();
  }

  /** How many accounts of the school were claimed since it was there. */
  async claimed(): Promise<number> {
    const rows = await this.#world.stores.db
      .selectFrom('accounts')
      .select('person')
      .where('person', 'in', this.#others)
      .where('claimed_by', '!=', 'before')
      .execute();
    return rows.length;
  }

  end(): void {
    this.#world.wait(-this.#waited);
    rmSync(this.#folder, { recursive: true });
  }

  async #act(act: Act, person: number): Promise<void> {
    const { activation, stores, now } = this.#world;
    const by = actorOf(this.#self);
    const inTx = <T>(run: (tx: Tx) => Promise<T>) => stores.db.transaction().execute(run);
    switch (act) {
      case 'print-pupils':
        return this.#print('pupil');
      case 'print-adults':
        await this.#print('guardian');
        return this.#print('teacher');
      case 'reprint': {
        const printed = await activation.reprintLetter({ uai: this.#uai, person, by });
        if ('letters' in printed) for (const letter of printed.letters) this.#keep(letter);
        return;
      }
      case 'hand-over':
        for (const batch of this.#batches) await activation.handOver({ batch, which: { take: 'all' }, by });
        return;
      case 'open-window': {
        const opened = await activation.openWindow({ uai: this.#uai, className: '6A', minutes: 20, by });
        if (opened.outcome === 'opened') this.#word = opened.word;
        return;
      }
      case 'type-word':
        for (const code of this.#codes.get(person) ?? []) {
          const begun = await activation.begin(activation.classWindow, {
            code,
            proof: this.#word ?? 'cheval',
          });
          if (begun.outcome === 'begun') this.#tokens.push(begun.token);
        }
        return;
      case 'ask-desk':
        return this.#ask('desk', person);
      case 'ask-vouch':
        return this.#ask('guardian-vouch', person);
      case 'ask-split':
        return this.#ask('split-letter', person);
      case 'hold-desk':
      case 'vouch':
      case 'type-half':
        return this.#answer(act);
      case 'roster-contact':
        return this.#import('contact', by);
      case 'roster-guardian':
        return this.#import('guardian', by);
      case 'roster-teacher':
        return this.#import('teacher', by);
      case 'roster-as-it-was':
        return this.#import('as-it-was', by);
      case 'roster-undo':
        if (this.#plan) await this.#rosters().undo({ id: this.#plan, by });
        return;
      case 'reset':
        await inTx((tx) => resetAccount(tx, by, { person, reason: 'lost', at: now() }));
        return;
      case 'lock': {
        const locked = await inTx((tx) => lockAccount(tx, by, { person, reason: 'x', at: now() }));
        if (locked.outcome === 'locked') this.#locks.push(locked.lock);
        return;
      }
      case 'lift':
        for (const lock of this.#locks.splice(0))
          await inTx((tx) => liftLock(tx, by, { lock, reason: 'x', at: now() }));
        return;
      default:
        return this.#wait(act);
    }
  }

  #wait(act: 'wait-an-hour' | 'wait-a-day' | 'wait-14-days' | 'wait-21-days'): void {
    const days = { 'wait-an-hour': 1 / 24, 'wait-a-day': 1, 'wait-14-days': 14, 'wait-21-days': 21 }[act];
    // A sequence stays within one school year.
    const milliseconds = Math.min(days * DAY + 1000, 150 * DAY - this.#waited);
    this.#waited += milliseconds;
    this.#world.wait(milliseconds);
  }

  async #print(profile: 'pupil' | 'guardian' | 'teacher'): Promise<void> {
    const by = actorOf(this.#self);
    const printing = await this.#world.activation.printLetters({ uai: this.#uai, profile, by });
    if (printing.outcome !== 'printing') return;
    for await (const letter of printing.letters) this.#keep(letter);
  }

  #keep({ person, code, batch }: { person: number; code: string; batch: { id: string } }): void {
    this.#codes.set(person, [...(this.#codes.get(person) ?? []), code]);
    if (!this.#batches.includes(batch.id)) this.#batches.push(batch.id);
  }

  async #ask(way: Half['way'], whom: number): Promise<void> {
    const code = this.#codes.get(whom)?.at(-1);
    if (!code) return;
    const asked = await ask(this.#world, way, code);
    this.#halves.push({ way, whom, ...asked });
    this.#tokens.push(asked.token);
    if (way === 'split-letter') await this.#sendHalf(asked.id);
  }

  async #answer(act: 'hold-desk' | 'vouch' | 'type-half'): Promise<void> {
    const { activation } = this.#world;
    for (const { way, id, shown, whom, token } of this.#halves) {
      if (act === 'hold-desk' && way === 'desk') {
        const held = {
          staff: this.#self,
          person: whom,
          characters: shown,
          document: 'known-in-person',
        } as const;
        await activation.holdDesk({ ...held, confirm: confirmed });
      }
      if (act === 'vouch' && way === 'guardian-vouch') {
        await activation.vouch({ guardian: this.#self, request: id, digits: shown, confirm: confirmed });
      }
      if (act === 'type-half' && way === 'split-letter') {
        for (const { to, text } of this.#sent) {
          const half = /\b([0-9A-HJKMNP-TV-Z]{4}) ([0-9A-HJKMNP-TV-Z]{4})\b/.exec(text)?.[0];
          if (to === THEIRS && half) await activation.typeHalf(token, half);
        }
      }
    }
  }

  async #claimWhatever(): Promise<void> {
    for (const token of this.#tokens) await this.#world.activation.claim(token, PASSWORD);
  }

  async #sendHalf(request: string): Promise<void> {
    const { stores, settings, now } = this.#world;
    const { db, secrets } = stores;
    const ledger = createLedger({ db, ledgerKey: secrets.ledgerKey, now, log: { warn() {} } });
    const words = loadWords({ folder: LOCALES_FOLDER, strict: true, onMissing: () => {} });
    const config = { ...settings, mode: 'test' as const, issuer: 'https://id.example' };
    const post = {
      sendSms: async (sms: { to: string; text: string }) => void this.#sent.push(sms),
      sendMail: async (mail: { to: string; text: string }) => void this.#sent.push(mail),
    };
    const { inSameHands } = this.#world;
    const rest = { post, words, config, ...(inSameHands && { inSameHands }) };
    const tasks = createActivationTasks({ ...this.#world, db, ledger, ...rest });
    await tasks[HALF_TASK]?.({ request }, { attempt: 1, isLast: false });
  }

  #rosters() {
    const { stores, keyRing, digests, now, settings } = this.#world;
    return createRosterOperations({ ...{ db: stores.db, keyRing, digests, now }, settings: settings.roster });
  }

  /** The same school, with what the attacker would like to stand in it. */
  async #import(what: 'as-it-was' | 'contact' | 'guardian' | 'teacher', by: Actor): Promise<void> {
    const { plan, apply } = this.#rosters();
    const file = join(this.#folder, 'rentree.csv');
    writeFileSync(file, this.#csv(what));
    const planned = await plan({ files: [file], by });
    if (planned.outcome !== 'planned') throw new Error(JSON.stringify(planned));
    const applied = await apply({ id: planned.id, by, closures: 'accepted' });
    if (applied.outcome !== 'applied') throw new Error(JSON.stringify(applied));
    this.#plan = planned.id;
  }

  #csv(what: string): string {
    const uai = this.#uai;
    const place = `${uai};Collège ${uai};13`;
    const mobile = (number: string) => (what === 'contact' ? THEIRS : number);
    const children = what === 'guardian' ? `K${uai}:1:mother|V${uai}:2:mother` : `K${uai}:1:mother`;
    const teaching = what === 'teacher' ? '' : `enseignant;S${uai};Doret;Hugo;;;${place};6A;;\n`;
    return `profil;clé;nom;prénom;date de naissance;portable;uai;établissement;académie;classes;enfants;fonctions
élève;K${uai};Doret;Lina;2015-03-07;;${place};6A;;
élève;V${uai};Valnac;Tom;2015-03-07;;${place};6A;;
responsable;G${uai};Valnac;Éva;;${mobile('+33639980001')};${place};;V${uai}:1:mother;
responsable;S${uai};Doret;Hugo;;${THEIRS};${place};;${children};
enseignant;C${uai};Pelnier;Nina;;${mobile('+33639980002')};${place};6A;;
personnel;S${uai};Doret;Hugo;;${THEIRS};${place};;;DIR
${teaching}`;
  }

  async #find(key: string): Promise<number> {
    const { stores, digests } = this.#world;
    const person = await findPersonByRosterKey(stores.db, digests, { academie: '13', source: 'csv', key });
    if (person === undefined) throw new Error(`nobody has the key ${key}`);
    return (await getPersonIds(stores.db, person)).number;
  }
}
