import {
  type ActivationCode,
  digestActivationCode,
  formatActivationCode,
  parseActivationCode,
} from '../../src/activation/activation-code.ts';
import { DEMO_CLASS, DORMANT, type Part } from '../cast.ts';
import { type AccountNow, accountsNow } from '../store.ts';
import { personsOf, REASON, type Stage } from './stage.ts';

/** A letter for each dormant pupil of the demo's class; new ones where a code is lost, void or too old. */
export async function writeLetters(stage: Stage): Promise<void> {
  const { parts, activation, file, by } = stage;
  const persons = await personsOf(stage, DORMANT);
  const accounts = await accountsNow(parts.db, persons, parts.now());
  const isMissing = DORMANT.some((part, index) => {
    const account = accounts.get(persons[index] ?? 0);
    return account?.state === 'dormant' && !liveCode(stage, part, account);
  });
  if (!isMissing) return;
  const printing = await activation.printLetters({ ...DEMO_CLASS, by, reason: REASON });
  if (printing.outcome !== 'printing') return;
  for await (const { person, code } of printing.letters) {
    const part = DORMANT[persons.indexOf(person)];
    if (part) file.state.codes[part.key] = code;
  }
  await file.save();
}

/** As it stands on the paper, while it opens something. */
export function liveCode({ parts, file }: Stage, { key }: Part, account: AccountNow): string | undefined {
  const code: ActivationCode | undefined = parseActivationCode(file.state.codes[key] ?? '');
  if (!code) return undefined;
  const digest = digestActivationCode(parts.digests, code);
  return account.letters.some((live) => live.equals(digest)) ? formatActivationCode(code) : undefined;
}
