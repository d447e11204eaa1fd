import { z } from 'zod';
import stacks from '../../config/stacks.json' with { type: 'json' };

/** Settings of one library, as a test of ours runs them (scripts/stacks.ts). */
const schema = z.object({ name: z.string(), title: z.string(), source: z.string(), code: z.string() });
export type Stack = z.infer<typeof schema>;

export const STACKS: readonly Stack[] = z.array(schema).parse(stacks);

export function findStack(name: string): Stack | undefined {
  return STACKS.find((stack) => stack.name === name);
}
