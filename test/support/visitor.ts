/** One answer of Préau: a page, or the address at which the browser left for an application. */
export interface Answer {
  status: number;
  /** Path and query of the page that answered. */
  url: string;
  headers: Headers;
  text: string;
  bytes: Buffer;
  /** Where the last redirect led, if it left Préau. */
  left: URL | undefined;
}

interface Cookie {
  value: string;
  path: string;
}

/**
 * A browser without scripts: cookies, redirects, and the forms of the page it is on. Speaks to any of the processes
 * behind one issuer, as behind a load balancer.
 */
export class Visitor {
  readonly issuer: string;
  #process: string;
  #cookies = new Map<string, Cookie>();
  #page = '';
  #at = '/';
  #address: string | undefined;
  /** Stays on the page that says what an application receives, instead of going on from it. */
  readsInformation = false;

  constructor(issuer: string, process = issuer) {
    this.issuer = issuer;
    this.#process = process;
  }

  /** Behind a trusted proxy: the address it says. */
  at(address: string): this {
    this.#address = address;
    return this;
  }

  /** From now on another process answers. */
  through(process: string): this {
    this.#process = process;
    return this;
  }

  /** One request; redirects are not followed. */
  async get(address: string | URL, headers: Record<string, string> = {}): Promise<Answer> {
    return this.#send(address, { headers });
  }

  async head(address: string | URL): Promise<Answer> {
    return this.#send(address, { method: 'HEAD' });
  }

  async post(
    address: string | URL,
    form: Record<string, string> | URLSearchParams | FormData,
    headers: Record<string, string> = {},
  ): Promise<Answer> {
    return this.#send(address, {
      method: 'POST',
      body: form instanceof FormData ? form : new URLSearchParams(form),
      headers,
    });
  }

  /** Follows redirects to a page, or until one leaves for an application. */
  async open(address: string | URL): Promise<Answer> {
    return this.#follow(await this.get(address));
  }

  /** Sends the first form of this page: what it holds already, and what was typed or pressed. */
  async submit(typed: Record<string, string>): Promise<Answer> {
    const [form = ''] = /<form.*?<\/form>/s.exec(mainOf(this.#page)) ?? [];
    const action = decode(/action="([^"]*)"/.exec(form)?.[1] ?? this.#at);
    return this.#follow(await this.post(action, { ...hiddenFields(form), ...typed }));
  }

  /** The same, with several values under one name, to another address where one is given; redirects are left alone. */
  async send(typed: Record<string, string | readonly string[]>, to?: string): Promise<Answer> {
    const [form = ''] = /<form.*?<\/form>/s.exec(mainOf(this.#page)) ?? [];
    const action = to ?? decode(/action="([^"]*)"/.exec(form)?.[1] ?? this.#at);
    const fields = new URLSearchParams({ ...hiddenFields(form), csrf: this.csrf });
    for (const [name, value] of Object.entries(typed)) {
      fields.delete(name);
      for (const one of [value].flat()) fields.append(name, one);
    }
    return this.post(action, fields);
  }

  /** The token that the last page held. */
  get csrf(): string {
    return hiddenFields(this.#page).csrf ?? '';
  }

  cookie(name: string): string | undefined {
    return [...this.#cookies].find(([key]) => key.startsWith(`${name} `))?.[1].value;
  }

  /** The same browser at another moment: it goes on with the cookies of now. */
  copy(): Visitor {
    const other = new Visitor(this.issuer, this.#process);
    other.#cookies = new Map(this.#cookies);
    other.#page = this.#page;
    other.#at = this.#at;
    other.#address = this.#address;
    return other;
  }

  async #follow(answer: Answer): Promise<Answer> {
    let current = answer;
    for (let hops = 0; hops < 12; hops += 1) {
      const location = current.headers.get('location');
      if (!location && current.url.endsWith('/information') && !this.readsInformation) {
        current = await this.post(current.url, hiddenFields(mainOf(current.text)));
        continue;
      }
      if (!location) return current;
      const next = new URL(location, this.issuer);
      if (next.origin !== this.issuer) return { ...current, left: next };
      current = await this.get(next);
    }
    throw new Error('redirects without end');
  }

  async #send(address: string | URL, init: RequestInit): Promise<Answer> {
    const { pathname, search } = new URL(address, this.issuer);
    const sent = [...this.#cookies].filter(([, { path }]) => pathname.startsWith(path));
    const cookie = sent.map(([key, { value }]) => `${key.split(' ')[0]}=${value}`).join('; ');
    const forwarded = this.#address && { 'x-forwarded-for': this.#address };
    const headers = { accept: 'text/html', ...(cookie && { cookie }), ...forwarded, ...init.headers };
    const response = await fetch(`${this.#process}${pathname}${search}`, {
      ...init,
      headers: headers as Record<string, string>,
      redirect: 'manual',
      signal: AbortSignal.timeout(15_000),
    });
    for (const line of response.headers.getSetCookie()) this.#keep(line);
    const bytes = Buffer.from(await response.arrayBuffer());
    this.#page = bytes.toString('utf8');
    this.#at = pathname + search;
    return {
      status: response.status,
      url: this.#at,
      headers: response.headers,
      text: this.#page,
      bytes,
      left: undefined,
    };
  }

  #keep(line: string): void {
    const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
    const path = /; path=([^;]+)/i.exec(line)?.[1] ?? '/';
    if (/expires=Thu, 01 Jan 1970/i.test(line)) this.#cookies.delete(`${name} ${path}`);
    else this.#cookies.set(`${name} ${path}`, { value, path });
  }
}

/** Without the header and the footer, whose forms choose the language. */
function mainOf(page: string): string {
  return /<main.*<\/main>/s.exec(page)?.[0] ?? page;
}

function hiddenFields(form: string): Record<string, string> {
  const inputs = form.match(/<input[^>]*type="hidden"[^>]*>/g) ?? [];
  return Object.fromEntries(
    inputs.map((input) => [
      /name="([^"]*)"/.exec(input)?.[1] ?? '',
      decode(/value="([^"]*)"/.exec(input)?.[1] ?? ''),
    ]),
  );
}

function decode(text: string): string {
  return text.replaceAll('&quot;', '"').replaceAll('&#39;', "'").replaceAll('&amp;', '&');
}
