import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { openDormantAccount } from '../../src/accounts/open-dormant-account.ts';
import { createActivationTasks } from '../../src/activation/activation.ts';
import { HALF_TASK } from '../../src/activation/halves/task-names.ts';
import { LOCALES_FOLDER, loadWords } from '../../src/http/translate.ts';
import { createLedger } from '../../src/ledger/ledger.ts';
import { createInviteOfficer } from '../../src/rights/officers/invite.ts';
import { rightsOf } from '../../src/rights/rights.ts';
import { ask } from '../activation/people.ts';
import { activationWorld, BY, type World } from '../activation/world.ts';

let world: World;
let sent: { to: string; text: string }[] = [];
beforeAll(async () => {
  world = await activationWorld({ hash: async (password) => `hash of ${password.length}` });
});
afterAll(() => world.close());

/** As the queue does it. */
async function send(request: string): Promise<void> {
  const { db, secrets } = world.stores;
  const { settings, now } = world;
  const note = async (message: { to: string; text: string }) => void sent.push(message);
  const post = { sendSms: note, sendMail: note };
  const ledger = createLedger({ db, ledgerKey: secrets.ledgerKey, now, log: { warn() {} } });
  const words = loadWords({ folder: LOCALES_FOLDER, strict: true, onMissing: () => {} });
  const config = { ...settings, mode: 'test' as const, issuer: 'https://id.example' };
  const tasks = createActivationTasks({ ...world, db, ledger, post, words, config });
  await tasks[HALF_TASK]?.({ request }, { attempt: 1, isLast: false });
}

async function invited(): Promise<{ person: number; code: string }> {
  const { stores, now, keyRing, digests, activation } = world;
  const invite = createInviteOfficer({
    db: stores.db,
    keyRing,
    digests,
    now,
    openAccount: openDormantAccount,
  });
  const names = { givenName: 'Odile', familyName: 'Marchand' };
  const contact = { kind: 'phone', value: '+33612345678' } as const;
  const answer = await invite({ by: BY, reason: 'opening', as: 'first', ...names, contact });
  if (answer.outcome !== 'invited') throw new Error(answer.outcome);
  const { person } = answer;
  const asked = { person, office: 'Administration', by: BY, reason: 'opening' };
  const printed = await activation.printOfficerLetter(asked);
  if (printed.outcome !== 'printed') throw new Error(printed.outcome);
  return { person, code: printed.letter.code };
}

const roles = async (person: number) =>
  (await rightsOf(world.stores.db, person, world.now())).map(({ role }) => role);

describe('the first officer', () => {
  it('claims by the paper, then by what is sent to the contact of the invitation; then the right works', async () => {
    const { person, code } = await invited();
    const { token, id } = await ask(world, 'split-letter', code);
    sent = [];
    await send(id);
    expect(sent).toMatchObject([{ to: '+33612345678' }]);
    const [half = ''] = /\b[0-9A-HJKMNP-TV-Z]{4} [0-9A-HJKMNP-TV-Z]{4}\b/.exec(sent[0]?.text ?? '') ?? [];
    expect(await roles(person)).toEqual([]);
    expect((await world.activation.typeHalf(token, half)).outcome).toBe('begun');
    expect((await world.activation.claim(token, 'sept-chevaux-bleus-1789')).outcome).toBe('claimed');
    expect(await roles(person)).toEqual(['national-officer']);
    const lines = await world.stores.db
      .selectFrom('disclosures as d')
      .innerJoin('disclosure_contexts as c', 'c.id', 'd.context')
      .select('c.recipient')
      .where('d.person', '=', person)
      .execute();
    expect(lines).toEqual([{ recipient: 'operator' }]);
  });
});
