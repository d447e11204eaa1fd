import type { Activation } from '../../src/activation/activation.ts';
import { openActivation } from '../activation/parts.ts';
import type { RosterWorld } from '../roster/world.ts';

/** Letters and ceremonies in the same world, on its clock. */
export async function createActivationOn(
  world: RosterWorld,
): Promise<Activation & { stop(): Promise<void> }> {
  const { db, pool, secrets, dependencies } = world;
  const parts = await openActivation({ db, pool, secrets, now: dependencies.now });
  return { ...parts.activation, stop: parts.close };
}
