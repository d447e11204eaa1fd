import { formatActivationCode } from '../../src/activation/activation-code.ts';
import type { HandedOver, Which } from '../../src/activation/letters/batches/hand-over.ts';
import type { Batch } from '../../src/activation/letters/batches/store.ts';
import { BY, UAI, type World } from './world.ts';

export interface Pile {
  id: string;
  className: string;
  /** In the order of their letters. */
  persons: number[];
  codes: string[];
}

/** A class of its own with its letters. */
export async function pileOf(world: World, count: number): Promise<Pile> {
  const className = `P${Math.random().toString(36).slice(2, 8)}`;
  await world.people({ count, className });
  return printAgain(world, className);
}

export async function printAgain(world: World, className: string): Promise<Pile> {
  const letters = await world.letters(className);
  const [first] = letters;
  if (!first) throw new Error('nobody got a letter');
  return {
    id: first.batch.id,
    className,
    persons: letters.map(({ person }) => person),
    codes: letters.map(({ code }) => formatActivationCode(code)),
  };
}

export function handOver(world: World, batch: string, which: Which = { take: 'all' }): Promise<HandedOver> {
  return world.activation.handOver({ batch, which, by: BY, reason: 'distribution' });
}

export async function batchOf(world: World, id: string): Promise<Batch> {
  const listed = await world.activation.listBatches({ uai: UAI });
  const batch = listed.outcome === 'listed' ? listed.batches.find((one) => one.id === id) : undefined;
  if (!batch) throw new Error('the batch is not listed');
  return batch;
}

export async function numbersOf(world: World, id: string) {
  const { printed, handedOver, used, void: dead, expired } = await batchOf(world, id);
  return { printed, handedOver, used, void: dead, expired };
}

/** Both proofs; the token of the browser that gave them, where they were right. */
export async function prove(world: World, code: string, word: string): Promise<string | undefined> {
  const begun = await world.activation.begin(world.activation.classWindow, { code, proof: word });
  return begun.outcome === 'begun' ? begun.token : undefined;
}

export async function whyRefused(world: World, person: number): Promise<unknown> {
  const refusals = (await world.events(person)).filter(({ name }) => name === 'activation.refused');
  return refusals.at(-1)?.details.because;
}
