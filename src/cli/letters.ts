import type { Command } from './command.ts';
import { batches } from './letters/batches.ts';
import { handOver } from './letters/hand-over.ts';
import { print } from './letters/print.ts';

export const commands: Command[] = [print, batches, handOver];
