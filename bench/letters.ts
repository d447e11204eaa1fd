import { lockAccount } from '../src/accounts/locks.ts';
import { formatActivationCode, generateActivationCode } from '../src/activation/activation-code.ts';
import { BY, type World } from '../test/support/world.ts';
import { freeze, pupilsWithProofs, type WithProofs } from '../test/whole/people.ts';

export interface Pair {
  code: string;
  proof: string;
}

/** Codes nobody has typed yet with a word, `count` of each reason to refuse them. */
export async function letterPairs(world: World, count: number): Promise<Record<string, Pair[]>> {
  const some = () => pupilsWithProofs(world, count);
  const [wrong, voided, used, expired, closed] = [
    await some(),
    await some(),
    await some(),
    await some(),
    await some(),
  ];
  const [locked, frozen] = [await some(), await some()];
  await change(world, voided, { state: 'void' });
  await change(world, used, { state: 'used' });
  await change(world, expired, { expires_at: new Date(world.now().getTime() - 86_400_000) });
  await world.activation.closeWindow({ id: closed[0]?.window ?? '', by: BY });
  const at = world.now();
  for (const { person } of locked)
    await world.accounts.transaction((tx) => lockAccount(tx, BY, { person, reason: 'bench', at }));
  await freeze(world, { person: personsOf(frozen) });
  const unknown = wrong.map(({ word }) => ({
    code: formatActivationCode(generateActivationCode()),
    proof: word,
  }));
  return {
    'unknown code': unknown,
    'wrong word': wrong.map(({ code }) => ({ code, proof: 'zzzzzz' })),
    'void letter': typed(voided),
    'used letter': typed(used),
    'expired letter': typed(expired),
    'window closed': typed(closed),
    locked: typed(locked),
    frozen: typed(frozen),
  };
}

const typed = (pupils: readonly WithProofs[]): Pair[] =>
  pupils.map(({ code, word }) => ({ code, proof: word }));
const personsOf = (pupils: readonly WithProofs[]): number[] => pupils.map(({ person }) => person);

async function change({ parts }: World, pupils: readonly WithProofs[], set: object): Promise<void> {
  await parts.db.updateTable('letters').set(set).where('person', 'in', personsOf(pupils)).execute();
}
