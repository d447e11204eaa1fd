import type { Context, Input, Result } from '../../src/cli/command.ts';
import { commands } from '../../src/cli/commands.ts';
import { createLedger } from '../../src/ledger/ledger.ts';
import { BY, type World } from './world.ts';

export type Run = (
  name: string,
  operands: string[],
  options: Record<string, string | string[] | true>,
) => Promise<Result>;

/** The commands as the command line calls them once it has read its arguments, on the world's stores. */
export function commandLine(world: World): Run {
  return async (name, operands, options) => {
    const command = commands.find((one) => one.name === name);
    if (!command) throw new Error(`no command ${name}`);
    const { stores, settings, now, digests, keyRing, orders, hasher } = world;
    const { db, secrets } = stores;
    const config = { ...settings, mode: 'test', issuer: 'https://preau.example' };
    const ledger = createLedger({ db, ledgerKey: secrets.ledgerKey, now, log: { warn() {} } });
    const context = {
      config,
      parts: async () => ({ db, digests, keyRing, orders, ledger, hasher, config, now }),
      by: BY,
      reason: 'la rentrée',
      now,
      progress: () => {},
      say: () => {},
    } as unknown as Context;
    const texts = (option: string) => [options[option] ?? []].flat().filter((value) => value !== true);
    const text = (option: string) => texts(option)[0];
    const input: Input = {
      operands,
      text,
      texts,
      flag: (option) => options[option] === true,
      required: (option) => text(option) ?? '',
    };
    return command.run(context, input);
  };
}
