import { commands as activation } from './activation.ts';
import { commands as alarms } from './alarms.ts';
import { commands as canaries } from './canaries.ts';
import { commands as clients } from './clients/clients.ts';
import type { Command } from './command.ts';
import { commands as contracts } from './contracts.ts';
import { commands as crisis } from './crisis.ts';
import { commands as db } from './db.ts';
import { commands as keys } from './keys.ts';
import { commands as letters } from './letters.ts';
import { commands as logouts } from './logouts.ts';
import { commands as messages } from './messages.ts';
import { commands as officers } from './officers.ts';
import { commands as reads } from './reads.ts';
import { commands as rights } from './rights.ts';
import { commands as roster } from './roster.ts';
import { commands as trace } from './trace.ts';

/** Everything `npx preau` can do, in the order of a school's year. */
export const commands: readonly Command[] = [
  ...roster,
  ...letters,
  ...activation,
  ...reads,
  ...rights,
  ...officers,
  ...clients,
  ...contracts,
  ...canaries,
  ...alarms,
  ...crisis,
  ...logouts,
  ...trace,
  ...messages,
  ...keys,
  ...db,
];
