import type { Actor } from '../../src/audit/actor.ts';
import type { Context, Input, Result } from '../../src/cli/command.ts';
import { commands } from '../../src/cli/commands.ts';
import type { Mode } from '../../src/config.ts';
import { createDigests } from '../../src/crypto/digests.ts';
import type { TestStores } from '../support/stores.ts';

interface Given {
  by?: string;
  osUser?: string;
  mode?: Mode;
  options?: Record<string, string | string[] | true>;
}

export type Run = (name: string, operands?: string[], given?: Given) => Promise<Result>;

/** The commands as the command line calls them once it has read its arguments, on these stores. */
export function commandLine(stores: TestStores, now: () => Date = () => new Date()): Run {
  return async (name, operands = [], { by = 'Test', osUser = by, mode = 'test', options = {} } = {}) => {
    const command = commands.find((one) => one.name === name);
    if (!command) throw new Error(`no command ${name}`);
    const actor: Actor = { kind: 'operator', name: by, osUser, host: 'here' };
    const digests = createDigests(stores.secrets.digestKey);
    const config = { mode, issuer: 'https://preau.example' };
    const context = {
      ...{ config, by: actor, reason: 'la rentrée', now },
      parts: async () => ({ db: stores.db, digests, config, now }),
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
      required: (option) => {
        const [text] = texts(option);
        if (text === undefined) throw new Error(`--${option} is missing`);
        return text;
      },
    };
    return command.run(context, input);
  };
}

export async function jsonOf<Answer>(result: Promise<Result>): Promise<Answer> {
  const known = await result;
  if (known.outcome === 'refused') throw new Error(known.message);
  return known.json as Answer;
}
