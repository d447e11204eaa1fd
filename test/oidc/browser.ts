interface Cookie {
  value: string;
  path: string;
}

/** Cookies by name and path, redirects one at a time. */
export class Browser {
  readonly #origin: string;
  readonly #cookies = new Map<string, Cookie>();
  /** Who the test sign-in page takes this browser for: `id acr`. */
  person = '';
  /** Stays on the page that says what an application receives, instead of going on from it. */
  readsInformation = false;

  constructor(origin: string) {
    this.#origin = origin;
  }

  async get(address: string | URL, headers: Record<string, string> = {}): Promise<Response> {
    return this.#send(address, { headers });
  }

  async post(address: string | URL, form: Record<string, string>): Promise<Response> {
    return this.#send(address, { method: 'POST', body: new URLSearchParams(form) });
  }

  /** Follows redirects until a page, or until one leaves for a relying party. */
  async open(address: string | URL): Promise<{ response: Response; left: URL | undefined }> {
    return this.follow(await this.get(address));
  }

  async follow(response: Response): Promise<{ response: Response; left: URL | undefined }> {
    let current = response;
    for (let hops = 0; hops < 12; hops += 1) {
      const location = current.headers.get('location');
      if (!location && !this.readsInformation && current.url.endsWith('/information')) {
        current = await this.#goOn(current);
        continue;
      }
      if (!location) return { response: current, left: undefined };
      const next = new URL(location, this.#origin);
      if (next.origin !== this.#origin) return { response: current, left: next };
      current = await this.get(next);
    }
    throw new Error('redirects without end');
  }

  async #goOn(page: Response): Promise<Response> {
    const text = await page.text();
    const hidden = (name: string) => new RegExp(`name="${name}" value="([^"]*)"`).exec(text)?.[1] ?? '';
    return this.post(page.url, { csrf: hidden('csrf'), version: hidden('version') });
  }

  cookie(name: string): string | undefined {
    return [...this.#cookies].find(([key]) => key.startsWith(`${name} `))?.[1].value;
  }

  copy(): Browser {
    const other = new Browser(this.#origin);
    for (const [key, cookie] of this.#cookies) other.#cookies.set(key, cookie);
    other.person = this.person;
    return other;
  }

  async #send(address: string | URL, init: RequestInit): Promise<Response> {
    const url = new URL(address, this.#origin);
    const sent = [...this.#cookies].filter(([, { path }]) => url.pathname.startsWith(path));
    const cookie = sent.map(([key, { value }]) => `${key.split(' ')[0]}=${value}`).join('; ');
    const headers = {
      accept: 'text/html',
      ...(cookie && { cookie }),
      ...(this.person && { 'x-test-person': this.person }),
      ...(init.headers as Record<string, string>),
    };
    const response = await fetch(url, { ...init, headers, redirect: 'manual' });
    for (const line of response.headers.getSetCookie()) this.#keep(line);
    return response;
  }

  #keep(line: string): void {
    const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
    const path = /; path=([^;]+)/i.exec(line)?.[1] ?? '/';
    if (/expires=Thu, 01 Jan 1970/i.test(line)) this.#cookies.delete(`${name} ${path}`);
    else this.#cookies.set(`${name} ${path}`, { value, path });
  }
}
