import { randomBytes } from 'node:crypto';
import type Koa from 'koa';
import type { Context } from 'koa';
import type { Attempt, Holder } from './relying-party.ts';

export interface Visit {
  holder: Holder;
  /** One at a time: two uses of one refresh token would end the session. */
  once<T>(act: () => Promise<T>): Promise<T>;
}

/** Who is here, by a signed HttpOnly cookie; what they hold stays in this process. */
export interface Visits {
  find(ctx: Context): Visit | undefined;
  /** A new id at each sign-in, so that an id somebody planted is worth nothing. */
  begin(ctx: Context, holder: Holder): void;
  end(ctx: Context): Visit | undefined;
  expect(ctx: Context, attempt: Attempt): void;
  take(ctx: Context, state: string): Attempt | undefined;
  expectFarewell(ctx: Context): string;
  takeFarewell(ctx: Context, state: string): boolean;
}

const VISIT_MS = 2 * 3600_000;
const ATTEMPT_MS = 30 * 60_000;
const AT_MOST = 10_000;

export function createVisits(app: Koa, { name, now }: { name: string; now: () => Date }): Visits {
  app.keys = [randomBytes(32).toString('base64url')];
  const visits = expiring<Visit>(VISIT_MS, now);
  const attempts = expiring<Attempt & { browser: string }>(ATTEMPT_MS, now);
  const { read, write } = cookiesOf(name);
  return {
    find: (ctx) => visits.get(read(ctx, 'visit')),
    begin(ctx, holder) {
      visits.take(read(ctx, 'visit'));
      const id = newId();
      visits.put(id, { holder, once: oneAtATime() });
      write(ctx, 'visit', id);
    },
    end(ctx) {
      const visit = visits.take(read(ctx, 'visit'));
      write(ctx, 'visit', null);
      return visit;
    },
    expect(ctx, attempt) {
      const browser = read(ctx, 'browser') || newId();
      write(ctx, 'browser', browser);
      attempts.put(attempt.state, { ...attempt, browser });
    },
    take(ctx, state) {
      const browser = read(ctx, 'browser');
      if (!browser || attempts.get(state)?.browser !== browser) return undefined;
      return attempts.take(state);
    },
    expectFarewell(ctx) {
      const state = newId();
      write(ctx, 'farewell', state);
      return state;
    },
    takeFarewell(ctx, state) {
      const isExpected = state !== '' && read(ctx, 'farewell') === state;
      write(ctx, 'farewell', null);
      return isExpected;
    },
  };
}

const COOKIE = { signed: true, httpOnly: true, sameSite: 'lax', overwrite: true } as const;

/** Cookies know no ports: the applications and Préau share localhost, so each has names of its own. */
function cookiesOf(name: string) {
  return {
    read: (ctx: Context, part: string): string => ctx.cookies.get(`${name}.${part}`, { signed: true }) ?? '',
    write: (ctx: Context, part: string, value: string | null): void => {
      ctx.cookies.set(`${name}.${part}`, value, COOKIE);
    },
  };
}

function newId(): string {
  return randomBytes(24).toString('base64url');
}

function oneAtATime(): Visit['once'] {
  let last: Promise<unknown> = Promise.resolve();
  return (act) => {
    const mine = last.then(act);
    last = mine.catch(() => {});
    return mine;
  };
}

interface Expiring<T> {
  get(id: string): T | undefined;
  take(id: string): T | undefined;
  put(id: string, value: T): void;
}

function expiring<T>(milliseconds: number, now: () => Date): Expiring<T> {
  const kept = new Map<string, { value: T; until: number }>();
  const get = (id: string): T | undefined => {
    const found = kept.get(id);
    return found && found.until > now().getTime() ? found.value : undefined;
  };
  return {
    get,
    take(id) {
      const found = get(id);
      kept.delete(id);
      return found;
    },
    put(id, value) {
      for (const [other, { until }] of kept) {
        if (until > now().getTime() && kept.size < AT_MOST) break;
        kept.delete(other);
      }
      kept.set(id, { value, until: now().getTime() + milliseconds });
    },
  };
}
