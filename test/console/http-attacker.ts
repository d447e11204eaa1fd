import { codeDigestOf } from '../../src/activation/activation-code.ts';
import type { Actor } from '../../src/audit/actor.ts';
import { createOutbox } from '../../src/messages/outbox.ts';
import { textOfPages } from '../messages/pdf-text.ts';
import type { Answer } from '../support/visitor.ts';
import type { World } from '../support/world.ts';
import {
  type AttackedSchool,
  anAttackedSchool,
  applyFromAbove,
  CLASS,
  type Feed,
  THEIRS,
  type Victim,
} from './attackers-school.ts';
import { type Awaited, Screens } from './attackers-screens.ts';
import { AttackersSession } from './attackers-session.ts';

/** What is done about one person; everything else is done about the school. */
export const ABOUT_SOMEBODY = [
  ...['reprint', 'grant', 'reset', 'lock', 'lift'],
  ...['type-word', 'ask-desk', 'ask-vouch', 'ask-split'],
] as const;
/** At the console with every right of a school, on the pages of whoever has a letter; and time. */
export const ACTS = [
  ...ABOUT_SOMEBODY,
  ...['print-pupils', 'print-guardians', 'print-staff', 'hand-over', 'find'],
  ...['open-window', 'look-at-windows', 'close-window', 'hold-desk', 'vouch', 'type-half'],
  ...['roster-contact', 'roster-guardian', 'roster-teacher', 'roster-as-it-was'],
  ...['apply', 'undo', 'apply-from-above', 'revoke', 'wait-an-hour', 'wait-a-day', 'wait-14-days'],
] as const;
export type Act = (typeof ACTS)[number];

export interface Step {
  act: Act;
  /** Of the four others: whom it is about. */
  whom: number;
}

/** The status of the page; undefined where there was nothing to do it with. */
type Status = Promise<number | undefined>;

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const WAITS = { 'wait-an-hour': HOUR, 'wait-a-day': DAY, 'wait-14-days': 14 * DAY };
/** An officer who takes the plan for what the school says it is. */
const ABOVE: Actor = { kind: 'person', person: 0 };
const REASON = 'parce que';
const CODE = /(?:[0-9A-HJKMNP-TV-Z]{4} ){3}[0-9A-HJKMNP-TV-Z]{4}/g;

/** Works through the pages alone: codes, words, screens and halves are what paper, pages and messages showed. */
export class HttpAttacker {
  readonly #world: World;
  readonly #school: AttackedSchool;
  readonly #console: AttackersSession;
  readonly #screens: Screens;
  readonly #codes = new Map<number, string[]>();
  readonly #batches = new Set<string>();
  readonly #words = new Set<string>();
  readonly #windows = new Set<string>();
  readonly #plans: string[] = [];
  readonly #path: string;
  #waited = 0;
  /** What the acts were answered: a model whose acts do nothing shows nothing. */
  readonly answered = new Set<string>();

  private constructor(world: World, school: AttackedSchool) {
    this.#world = world;
    this.#school = school;
    this.#console = new AttackersSession(world, school.attacker);
    this.#screens = new Screens(world);
    this.#path = `/console/schools/${school.uai}`;
  }

  static async enter(world: World): Promise<HttpAttacker> {
    return new HttpAttacker(world, await anAttackedSchool(world));
  }

  async do({ act, whom }: Step): Promise<void> {
    const { victims } = this.#school;
    const victim = victims[whom % victims.length] as Victim;
    const isAboutSomebody = (ABOUT_SOMEBODY as readonly Act[]).includes(act);
    const status = await (isAboutSomebody ? this.#actOn(act, victim) : this.#act(act));
    if (status !== undefined) this.answered.add(`${act} ${status}`);
  }

  async claimed(): Promise<number> {
    await this.#screens.claimAll();
    return this.#school.claimed();
  }

  leave(): void {
    this.#world.wait(-this.#waited);
  }

  #actOn(act: Act, { id, person }: Victim): Status {
    const code = this.#codes.get(person)?.at(-1);
    switch (act) {
      case 'reprint':
        return this.#print(`/console/people/${id}/letter`);
      case 'reset':
      case 'lock':
        return this.#console.status(`/console/people/${id}/${act}`, { reason: REASON });
      case 'lift':
        return this.#follow(`/console/people/${id}`, /\/console\/people\/[\w-]{36}\/lift\?lock=[\w-]{36}/);
      case 'grant':
        return this.#grant(id);
      case 'type-word':
        return this.#screens.typeWords(code, [...this.#words].slice(-2));
      default:
        return this.#screens.ask(WAYS[act as keyof typeof WAYS], { code, id });
    }
  }

  #act(act: Act): Status {
    switch (act) {
      case 'print-pupils':
        return this.#print(`${this.#path}/classes/${CLASS}/letters`);
      case 'print-guardians':
        return this.#print(`${this.#path}/classes/${CLASS}/guardian-letters`);
      case 'print-staff':
        return this.#print(`${this.#path}/letters`);
      case 'find':
        return this.#console.status('/console/people', { typed: 'Valnac', way: 'name' });
      case 'open-window':
        return this.#openWindow(`${this.#path}/classes/${CLASS}/window`);
      case 'look-at-windows':
        return this.#lookAtWindows();
      case 'close-window':
        return this.#withLast(this.#windows, (window) => this.#console.press(window, `${window}/close`));
      case 'hand-over':
        return this.#withLast(this.#batches, (batch) =>
          this.#console.status(`/console/batches/${batch}/hand-over`, { which: 'all' }),
        );
      case 'hold-desk':
        return this.#screens.answer('desk', ({ id, shown: proof }) =>
          this.#console.status(`/console/desk?person=${id}`, { proof, document: 'known-in-person' }),
        );
      case 'vouch':
        return this.#screens.answer('guardian-vouch', ({ shown: proof }) =>
          this.#console.status('/account/vouch', { proof }),
        );
      case 'type-half':
        return this.#typeHalf();
      case 'revoke':
        return this.#follow('/console/rights', /\/console\/rights\/[\w-]{36}\/revoke/);
      default:
        return this.#actOnRoster(act);
    }
  }

  #actOnRoster(act: Act): Status {
    switch (act) {
      case 'apply':
        return this.#move('apply', { closures: 'accepted' });
      case 'undo':
        return this.#move('undo', {});
      case 'apply-from-above':
        return this.#withLast(this.#plans, async (plan) => {
          const { outcome } = await applyFromAbove(this.#world, plan, ABOVE);
          return outcome === 'applied' ? 1 : 0;
        });
      case 'wait-an-hour':
      case 'wait-a-day':
      case 'wait-14-days':
        return this.#wait(WAITS[act]);
      default:
        return this.#upload(act.slice('roster-'.length) as Feed);
    }
  }

  /** A sequence stays within one school year. */
  async #wait(milliseconds: number): Status {
    const wait = Math.min(milliseconds + 1000, 100 * DAY - this.#waited);
    this.#waited += wait;
    this.#world.wait(wait);
    return undefined;
  }

  async #withLast(all: Iterable<string>, act: (last: string) => Status): Status {
    const last = [...all].at(-1);
    return last === undefined ? undefined : act(last);
  }

  async #print(path: string): Status {
    const answer = await this.#console.act(path);
    if (answer.headers.get('content-type') === 'application/pdf') await this.#keep(answer);
    return answer.status;
  }

  /** Whose a code is stands beside it on the paper; here the database says it. */
  async #keep({ bytes }: Answer): Promise<void> {
    const { db, digests } = this.#world.parts;
    for (const [code] of textOfPages(bytes).join('\n').matchAll(CODE)) {
      const { person, batch } = await db
        .selectFrom('letters')
        .select(['person', 'batch'])
        .where('code_digest', '=', codeDigestOf(digests, code))
        .executeTakeFirstOrThrow();
      this.#codes.set(person, [...(this.#codes.get(person) ?? []), code]);
      if (batch) this.#batches.add(batch);
    }
  }

  async #openWindow(path: string): Status {
    const pupils = this.#school.victims.slice(0, 2).map(({ id }) => id);
    const typed = { 'pupils[]': pupils, minutes: '20', list: 'abcdefghijkl' };
    const { status, headers } = await this.#console.act(path, typed);
    const window = headers.get('location');
    if (window?.startsWith('/console/windows/')) await this.#readWord(window);
    return status;
  }

  async #readWord(window: string): Promise<void> {
    this.#windows.add(window);
    const { text } = await this.#console.open(window);
    const word = /class="board-word">(\w+)</.exec(text)?.[1];
    if (word) this.#words.add(word);
  }

  /** Also at those that others opened. */
  async #lookAtWindows(): Status {
    const { text, status } = await this.#console.open('/console');
    for (const [window] of text.matchAll(/\/console\/windows\/[\w-]{36}/g)) await this.#readWord(window);
    return status;
  }

  /** What came to their own telephone. */
  async #typeHalf(): Status {
    const { parts, now } = this.#world;
    const sent = await createOutbox({ db: parts.db, mode: 'test', now }).list();
    return this.#screens.typeHalf(sent.filter(({ to }) => to === THEIRS).map(({ text }) => text));
  }

  async #upload(what: Feed): Status {
    const { uai, feed } = this.#school;
    const { status, headers } = await this.#console.upload(feed(what), `school ${uai}`);
    const plan = /[\w-]{36}/.exec(headers.get('location') ?? '')?.[0];
    if (plan) this.#plans.push(plan);
    // Compared by the queue.
    await this.#world.app.queue.drain();
    return status;
  }

  #move(way: 'apply' | 'undo', typed: Record<string, string>): Status {
    return this.#withLast(this.#plans, async (plan) => {
      const status = await this.#console.status(`/console/rosters/${plan}/${way}`, typed);
      await this.#world.app.queue.drain();
      return status;
    });
  }

  async #grant(id: string): Status {
    const path = `/console/rights/schools/${this.#school.uai}/staff/${id}`;
    const { status } = await this.#console.act(path, { role: 'distributor', until: '' });
    return status === 200 ? this.#console.confirm() : status;
  }

  /** The first such link of a page, and the form behind it. */
  async #follow(page: string, link: RegExp): Status {
    const { text } = await this.#console.open(page);
    const [path] = link.exec(text.replaceAll('&amp;', '&')) ?? [];
    return path === undefined ? undefined : this.#console.status(path, { reason: REASON });
  }
}

const WAYS = {
  'ask-desk': 'desk',
  'ask-vouch': 'guardian-vouch',
  'ask-split': 'split-letter',
} as const satisfies Record<string, Awaited>;
