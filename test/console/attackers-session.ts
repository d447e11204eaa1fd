import { PASSWORD } from '../login/people.ts';
import type { Answer, Visitor } from '../support/visitor.ts';
import type { World } from '../support/world.ts';
import { nextCode, type StaffMember } from './staff.ts';

const MINUTE = 60_000;
type Typed = Record<string, string | readonly string[]>;

/** Somebody at the console as it is: signs in again when the session has gone, and gives each act a fresh code. */
export class AttackersSession {
  readonly #world: World;
  readonly #who: StaffMember;
  #browser: Visitor;
  #seen = 0;
  #began = 0;

  constructor(world: World, who: StaffMember) {
    this.#world = world;
    this.#who = who;
    this.#browser = world.visitor();
  }

  async open(path: string): Promise<Answer> {
    await this.#signInWhereNeeded();
    const answer = await this.#browser.open(path);
    this.#seen = this.#world.now().getTime();
    return answer;
  }

  /** The page, then its form with what was typed and a code of this moment; where it has none, the address is posted to all the same. */
  async act(path: string, typed: Typed = {}): Promise<Answer> {
    const page = await this.open(path);
    const asked = /name="otp"/.test(page.text) ? { otp: nextCode(this.#world, this.#who) } : {};
    if (/<form/.test(/<main.*<\/main>/s.exec(page.text)?.[0] ?? ''))
      return this.#browser.send({ ...asked, ...typed });
    return this.#browser.send({ ...typed, otp: nextCode(this.#world, this.#who) }, path);
  }

  async status(path: string, typed: Typed): Promise<number> {
    return (await this.act(path, typed)).status;
  }

  /** The form that the last answer was. */
  async confirm(): Promise<number> {
    return (await this.#browser.send({ otp: nextCode(this.#world, this.#who) })).status;
  }

  /** A button of a page that asks for no code. */
  async press(page: string, button: string): Promise<number> {
    await this.open(page);
    return (await this.#browser.post(button, { csrf: this.#browser.csrf })).status;
  }

  async upload(file: string, whose: string): Promise<Answer> {
    await this.open('/console/rosters');
    const form = new FormData();
    form.append('csrf', this.#browser.csrf);
    form.append('whose', whose);
    form.append('otp', nextCode(this.#world, this.#who));
    form.append('files', new Blob([file]), 'rentree.csv');
    return this.#browser.post('/console/rosters', form);
  }

  /** Thirty minutes idle, ten hours in all. */
  async #signInWhereNeeded(): Promise<void> {
    const at = this.#world.now().getTime();
    if (at - this.#seen < 28 * MINUTE && at - this.#began < 590 * MINUTE) return;
    this.#browser = this.#world.visitor();
    await this.#browser.open('/console');
    await this.#browser.submit({ username: this.#who.username, password: PASSWORD });
    const { url } = await this.#browser.submit({ otp: nextCode(this.#world, this.#who) });
    if (url !== '/console') throw new Error(`the attacker did not get in: ${url}`);
    this.#seen = this.#began = this.#world.now().getTime();
  }
}
