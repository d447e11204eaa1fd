import { activateAccount } from '../../src/accounts/activate-account.ts';
import { generatePassphrase } from '../../src/accounts/passphrase.ts';
import { setPassword } from '../../src/accounts/set-password.ts';
import { generateUsername, normaliseUsername } from '../../src/accounts/username.ts';
import { createJudged } from '../../src/activation/judged.ts';
import { sealersOf } from '../../src/directory/fields.ts';
import type { OrdersInForce } from '../../src/orders/order.ts';
import { enrolTotp } from '../../src/second-factors/enrol-totp.ts';
import { generateTotpSecret, toBase32 } from '../../src/second-factors/totp.ts';
import type { Tx } from '../../src/storage/postgres.ts';
import { ACTIVE, type Part } from '../cast.ts';
import { fromBase32, totpCode } from '../one-time-code.ts';
import type { DemoState } from '../state.ts';
import { type AccountNow, accountsNow, ageClaim } from '../store.ts';
import { personsOf, type Stage } from './stage.ts';

type Credentials = DemoState['credentials'][string];

export async function wakeTheActive(stage: Stage): Promise<void> {
  await wakeThese(stage, ACTIVE, await personsOf(stage, ACTIVE));
}

/** Those who have claimed their accounts already: by the operations of a ceremony, without its pages. */
export async function wakeThese(
  stage: Stage,
  cast: readonly Part[],
  persons: readonly number[],
): Promise<void> {
  const { parts, file } = stage;
  const accounts = await accountsNow(parts.db, persons, parts.now());
  for (const [index, { key, name }] of cast.entries()) {
    const account = accounts.get(persons[index] ?? 0);
    if (account?.state !== 'dormant') continue;
    const credentials = file.state.credentials[key] ?? newCredentials(name);
    file.state.credentials[key] = credentials;
    await file.save();
    await wake(stage, account, credentials);
  }
}

function newCredentials(name: string): Credentials {
  return {
    username: generateUsername(name.split(' ')[0] ?? ''),
    password: generatePassphrase(),
    totpSecret: toBase32(generateTotpSecret()),
  };
}

async function wake({ parts }: Stage, account: AccountNow, credentials: Credentials): Promise<void> {
  const hash = await parts.hasher.hash(credentials.password);
  await createJudged(parts)((tx, inForce) => claim(tx, { parts, account, credentials, hash, inForce }));
}

interface Claiming {
  parts: Stage['parts'];
  account: AccountNow;
  credentials: Credentials;
  hash: string;
  inForce: OrdersInForce;
}

const STEP_MS = 30_000;

async function claim(tx: Tx, { parts, account, credentials, hash, inForce }: Claiming): Promise<void> {
  const { person, epoch } = account;
  const { generation } = inForce;
  const at = parts.now();
  const sealer = (await sealersOf(tx, parts.keyRing, [person])).get(person);
  if (!sealer) throw new Error('a persona without a key');
  const { username } = credentials;
  const named = {
    sealed: sealer.seal('username', username),
    digest: parts.digests.of('username', normaliseUsername(username)),
  };
  const activated = await activateAccount(tx, { person, epoch, claimedBy: 'demo', username: named, at });
  if (activated.outcome !== 'activated') throw new Error(`a persona was not activated: ${activated.outcome}`);
  await setPassword(tx, { person, hash, epoch, generation, at });
  const secret = fromBase32(credentials.totpSecret);
  // The code of the step before: the one on the telephone now still signs in.
  const typed = totpCode(secret, new Date(at.getTime() - STEP_MS));
  const enrolled = await enrolTotp(
    tx,
    { kind: 'person', person },
    { secret, typed, sealer, epoch, generation, at },
  );
  if (enrolled.outcome !== 'enrolled') throw new Error(`a persona has no second factor: ${enrolled.outcome}`);
  await ageClaim(tx, person);
}
