import type { Visitor } from '../support/visitor.ts';
import type { World } from '../support/world.ts';

export type Awaited = 'desk' | 'guardian-vouch' | 'split-letter';

/** A browser of the attacker's that waits for a second proof. */
export interface Screen {
  way: Awaited;
  browser: Visitor;
  /** As it shows it: characters or digits. */
  shown: string;
  /** Of whose letter the code is. */
  id: string;
}

const PASSWORD = 'sept-chevaux-bleus-1789';
const HALF = /\b[0-9A-HJKMNP-TV-Z]{4} [0-9A-HJKMNP-TV-Z]{4}\b/;

/** `/activate` in as many browsers as there are codes to try. */
export class Screens {
  readonly #world: World;
  readonly #all: Screen[] = [];

  constructor(world: World) {
    this.#world = world;
  }

  async ask(
    way: Awaited,
    { code, id }: { code: string | undefined; id: string },
  ): Promise<number | undefined> {
    if (!code) return undefined;
    const browser = await this.#type(code, '');
    await browser.open('/activate/way');
    await browser.post('/activate/way', { csrf: browser.csrf, way });
    const { text, status } = await browser.open('/activate/wait');
    const shown = /code-shown">([^<]+)</.exec(text)?.[1] ?? '';
    this.#all.push({ way, browser, shown, id });
    if (way === 'split-letter') await this.#world.app.queue.drain();
    return status;
  }

  async typeWords(code: string | undefined, words: readonly string[]): Promise<number | undefined> {
    let status: number | undefined;
    for (const word of code ? words : []) status = await claimIn(await this.#type(code ?? '', word));
    return status;
  }

  /** What somebody gives for the newest that wait this way; then they go on, where it was taken. */
  async answer(
    way: Awaited,
    give: (screen: Screen) => Promise<number | undefined>,
  ): Promise<number | undefined> {
    let status: number | undefined;
    for (const screen of this.#all.filter((one) => one.way === way).slice(-4)) {
      status = await give(screen);
      await claimIn(screen.browser);
    }
    return status;
  }

  typeHalf(messages: readonly string[]): Promise<number | undefined> {
    const halves = messages.flatMap((text) => HALF.exec(text)?.[0] ?? []).slice(0, 2);
    return this.answer('split-letter', async ({ browser }) => {
      let status: number | undefined;
      for (const proof of halves) {
        await browser.open('/activate/wait');
        status = (await browser.send({ proof })).status;
      }
      return status;
    });
  }

  async claimAll(): Promise<void> {
    for (const { browser } of this.#all) await claimIn(browser);
  }

  async #type(code: string, proof: string): Promise<Visitor> {
    const browser = this.#world.visitor();
    await browser.open('/activate');
    await browser.send({ code, proof });
    return browser;
  }
}

/** Where both proofs were taken, the page asks for a password: then the account is theirs. */
async function claimIn(browser: Visitor): Promise<number> {
  const { text, status } = await browser.open('/activate/password');
  if (!/name="password"/.test(text)) return status;
  return (await browser.send({ password: PASSWORD })).status;
}
