import { request } from 'undici';

/** Where a walk through redirects ended. */
export interface Arrival {
  readonly status: number;
  readonly url: URL;
  readonly text: string;
}

/** A browser that walks from application to Préau and back: cookies per origin, redirects, self-submitting forms. */
export class Roamer {
  readonly #issuer: string;
  readonly #person: string;
  readonly #jars = new Map<string, Map<string, string>>();

  /** `person`: who the sign-in page of the test takes this browser for. */
  constructor(issuer: string, person: string) {
    this.#issuer = issuer;
    this.#person = person;
  }

  async open(address: string | URL): Promise<Arrival> {
    return this.#walk(new URL(address), undefined);
  }

  async post(address: string | URL, form: Record<string, string>): Promise<Arrival> {
    return this.#walk(new URL(address), new URLSearchParams(form));
  }

  async #walk(first: URL, form: URLSearchParams | undefined): Promise<Arrival> {
    let [url, sent] = [first, form];
    for (let hops = 0; hops < 25; hops += 1) {
      const { status, text, location } = await this.#send(url, sent);
      // The first time, Préau says what the application receives: its button is pressed.
      if (!location && url.pathname.endsWith('/information')) {
        sent = hiddenFields(text);
        continue;
      }
      if (!location) return { status, url, text };
      [url, sent] = [new URL(location, url), undefined];
    }
    throw new Error(`redirects without end, at ${url}`);
  }

  // Not by fetch, which says of itself that it is no navigation.
  async #send(url: URL, form: URLSearchParams | undefined) {
    const jar = this.#jars.get(url.origin) ?? new Map<string, string>();
    this.#jars.set(url.origin, jar);
    const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join('; ');
    const headers = {
      ...{ accept: 'text/html', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' },
      ...(form && { 'content-type': 'application/x-www-form-urlencoded' }),
      ...(cookie && { cookie }),
      ...(url.origin === this.#issuer && { 'x-test-person': this.#person }),
    };
    const asked = { method: form ? 'POST' : 'GET', headers, ...(form && { body: String(form) }) } as const;
    const { statusCode: status, headers: answered, body } = await request(url, asked);
    for (const line of [answered['set-cookie'] ?? []].flat()) keep(jar, line);
    return { status, text: await body.text(), location: answered.location?.toString() };
  }
}

function hiddenFields(page: string): URLSearchParams {
  const fields = page.matchAll(/type="hidden" name="(csrf|version)" value="([^"]*)"/g);
  return new URLSearchParams([...fields].map(([, name = '', value = '']) => [name, value]));
}

function keep(jar: Map<string, string>, line: string): void {
  const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
  if (!value || /expires=Thu, 01 Jan 1970|max-age=0/i.test(line)) jar.delete(name);
  else jar.set(name, value);
}
