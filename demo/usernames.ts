import { sealersOf } from '../src/directory/fields.ts';
import type { Part } from './cast.ts';
import type { Stage } from './seed/stage.ts';
import type { AccountNow } from './store.ts';

/** Whoever claims an account is given a username: the demo looks it up once, by a line in the ledger like anybody. */
export async function learnUsernames(
  stage: Stage,
  cast: readonly Part[],
  accounts: readonly (AccountNow | undefined)[],
): Promise<void> {
  const { state } = stage.file;
  for (const [index, { key }] of cast.entries()) {
    const account = accounts[index];
    const isKnown = state.usernames[key] !== undefined || state.credentials[key] !== undefined;
    if (isKnown || account?.state !== 'active') continue;
    const username = await readUsername(stage, account);
    if (username === undefined) continue;
    state.usernames[key] = username;
    await stage.file.save();
  }
}

async function readUsername({ parts }: Stage, account: AccountNow): Promise<string | undefined> {
  const { person, usernameSealed } = account;
  if (!usernameSealed) return undefined;
  const written = await parts.ledger.append({
    judgedAt: await parts.orders.inForce(),
    context: { recipient: 'operator', details: { demo: true } },
    rows: [{ person, kind: 'export', fields: ['username'] }],
    at: parts.now(),
  });
  if (written.outcome !== 'written') return undefined;
  return (await sealersOf(parts.db, parts.keyRing, [person])).get(person)?.open('username', usernameSealed);
}
