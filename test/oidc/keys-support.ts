import defaults from '../../config/default.json' with { type: 'json' };
import type { Actor } from '../../src/audit/actor.ts';
import type { Context, Input, Result } from '../../src/cli/command.ts';
import { commands } from '../../src/cli/keys.ts';
import type { Mode, Settings } from '../../src/config.ts';
import type { KeyDependencies } from '../../src/oidc/key-rotation.ts';
import { loadKeyRing } from '../../src/storage/data-keys.ts';
import type { TestStores } from '../support/stores.ts';

export const OPERATOR: Actor = { kind: 'operator', name: 'Test', osUser: 'test', host: 'here' };
export const HOUR = 3_600_000;
export const DAY = 24 * HOUR;

/** What rotation needs, with a clock a test moves. */
export interface KeysBench extends KeyDependencies {
  readonly stores: TestStores;
  readonly config: { lifetimes: Settings['lifetimes']; issuer: string };
  wait(milliseconds: number): void;
}

export async function keysBench(stores: TestStores): Promise<KeysBench> {
  let at = Date.parse('2026-11-23T10:00:00Z');
  return {
    stores,
    db: stores.db,
    keyRing: await loadKeyRing(stores.db, stores.secrets.wrappingKey),
    config: { lifetimes: defaults.lifetimes as Settings['lifetimes'], issuer: 'https://preau.example' },
    now: () => new Date(at),
    wait: (milliseconds) => {
      at += milliseconds;
    },
  };
}

export async function auditOf(stores: TestStores): Promise<unknown[]> {
  const { rows } = await stores.pool.query(
    `select name, details, reason, actor->>'kind' as by from audit_events where name like 'keys.%' order by id`,
  );
  return rows;
}

interface Given {
  operands?: string[];
  options?: Record<string, string | string[] | true>;
  mode?: Mode;
  silenceMilliseconds?: number;
}

/** One `npx preau keys …` in this process, on these stores. */
export async function runKeys(
  from: Pick<KeysBench, 'db' | 'keyRing' | 'now' | 'config'>,
  name: string,
  given: Given = {},
): Promise<Result> {
  const command = commands.find((one) => one.name === `keys ${name}`);
  if (!command) throw new Error(name);
  const { operands = [], options = {}, mode = 'test', silenceMilliseconds = 250 } = given;
  const config = { ...from.config, mode, orders: { silenceMilliseconds, pollMilliseconds: 0 } };
  const context = {
    ...{ config, by: OPERATOR, reason: 'test', now: from.now },
    parts: async () => ({ ...from, config }),
    progress: () => {},
    say: () => {},
  } as unknown as Context;
  const texts = (option: string) =>
    [options[option] ?? []].flat().filter((value): value is string => typeof value === 'string');
  const input: Input = {
    operands,
    texts,
    text: (option) => texts(option)[0],
    flag: (option) => options[option] === true,
    required: (option) => texts(option)[0] ?? '',
  };
  return command.run(context, input);
}

export async function doneBy(result: Promise<Result>): Promise<Done['json']> {
  const known = await result;
  if (known.outcome === 'refused') throw new Error(known.message);
  return known.json;
}

type Done = Extract<Result, { outcome: 'done' }>;
