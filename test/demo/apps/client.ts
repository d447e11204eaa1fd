/** A browser without a window: keeps cookies of localhost (which know no ports) and follows redirects when asked. */
export class Client {
  readonly cookies = new Map<string, string>();

  async get(address: string, headers: Record<string, string> = {}): Promise<Response> {
    const answer = await fetch(address, {
      redirect: 'manual',
      headers: {
        cookie: [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; '),
        ...headers,
      },
    });
    for (const line of answer.headers.getSetCookie()) this.#keep(line);
    return answer;
  }

  async follow(
    address: string,
    headers: Record<string, string> = {},
  ): Promise<{ answer: Response; address: string; text: string }> {
    let at = address;
    for (let hops = 0; hops < 15; hops++) {
      const answer = await this.get(at, headers);
      const next = answer.headers.get('location');
      if (!next || answer.status < 300 || answer.status > 399)
        return { answer, address: at, text: await answer.text() };
      at = new URL(next, at).href;
    }
    throw new Error('too many redirects');
  }

  #keep(line: string): void {
    const [pair = ''] = line.split(';');
    const [name = '', ...value] = pair.split('=');
    if (/expires=Thu, 01 Jan 1970/i.test(line) || value.join('=') === '') this.cookies.delete(name);
    else this.cookies.set(name, value.join('='));
  }
}
