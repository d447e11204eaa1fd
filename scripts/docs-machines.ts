import type { AuditEvent } from '../src/audit/events.ts';
import type { OrderState } from '../src/crisis/order-record.ts';
import type { AccountState, CeremonyStep, ContractState, Schema } from '../src/storage/schema.ts';
import { checkOf, enumOf } from './docs-migrations.ts';

type LetterState = Schema['letters']['state'];
type PlanState = Schema['roster_plans']['state'];
type RequestEnd = NonNullable<Schema['activation_requests']['outcome']>;
type CeremonyEnd = 'finished' | 'overtaken';

/** From, to, why, the file that takes it, and the event it writes. `[*]` is where a thing begins. */
export type Arrow<State extends string> = readonly [
  from: State | '[*]',
  to: State,
  because: string,
  file: string,
  event?: AuditEvent,
];

const CONTRACTS = 'src/relying-parties/contracts';

export interface Machine<State extends string> {
  title: string;
  about: string;
  /** As the migrations name them; undefined where they follow from dates and numbers in the row. */
  states?: readonly State[] | undefined;
  arrows: readonly Arrow<State>[];
}

const account: Machine<AccountState> = {
  title: 'Account',
  about: `Dated rows of \`account_states\`: a state is ended and another begun, none is overwritten. Frozen and locked are no
states: a freeze is an order, a lock a row beside the account. Undoing a roster plan closes who was new, and leaves
whoever it had closed dormant.`,
  states: enumOf('account_state'),
  arrows: [
    [
      '[*]',
      'dormant',
      'a roster names the person',
      'src/roster/applying/apply-batch.ts',
      'roster.person-created',
    ],
    [
      'dormant',
      'active',
      'two proofs and a password',
      'src/accounts/activate-account.ts',
      'account.activated',
    ],
    [
      'active',
      'dormant',
      'a reset: credentials and codes are dead',
      'src/accounts/reset/reset-account.ts',
      'account.reset',
    ],
    ['dormant', 'closed', 'the last membership ended', 'src/accounts/close-account.ts', 'account.closed'],
    ['active', 'closed', 'the last membership ended', 'src/accounts/close-account.ts', 'account.closed'],
    [
      'closed',
      'dormant',
      'a roster names the person again',
      'src/roster/applying/apply-batch.ts',
      'roster.person-returned',
    ],
  ],
};

const letter: Machine<LetterState> = {
  title: 'Activation letter',
  about: `One letter of a person is \`printed\` or \`handed-over\` at a time. A letter also stops working, without a change of its
state, at \`expires_at\`, and with a change of the account's epoch (a lock, a closing).`,
  states: checkOf('letters', 'state') as LetterState[],
  arrows: [
    ['[*]', 'printed', 'printed', 'src/activation/letters/print-batch.ts', 'letter.printed'],
    [
      'printed',
      'handed-over',
      'ticked as handed over',
      'src/activation/letters/batches/hand-over.ts',
      'letter.handed-over',
    ],
    ['printed', 'used', 'the first password was set', 'src/activation/claim.ts', 'letter.used'],
    ['handed-over', 'used', 'the first password was set', 'src/activation/claim.ts', 'letter.used'],
    ['printed', 'void', 'printed again', 'src/activation/letters/print-batch.ts', 'letter.voided'],
    ['handed-over', 'void', 'printed again', 'src/activation/letters/print-batch.ts', 'letter.voided'],
    ['printed', 'void', 'a contact changed', 'src/activation/letters/void-halves.ts', 'letter.voided'],
    [
      'printed',
      'void',
      'a guardian refused to vouch',
      'src/activation/requests/refuse-vouch.ts',
      'letter.voided',
    ],
    ['handed-over', 'void', 'a contact changed', 'src/activation/letters/void-halves.ts', 'letter.voided'],
  ],
};

const ceremony: Machine<CeremonyStep | CeremonyEnd> = {
  title: 'Activation ceremony',
  about: `Steps and outcomes of \`activation_ceremonies\`. A ceremony is bound to one browser. It ends, without being written,
after its half hour, with a change of the account's epoch (a lock, a closing) and with a cut-off order; a freeze only
holds it up.
Staff must enrol a second factor, pupils may go on without.`,
  states: [
    ...checkOf('activation_ceremonies', 'step'),
    ...checkOf('activation_ceremonies', 'outcome'),
  ] as CeremonyStep[],
  arrows: [
    ['[*]', 'proved', 'code and second proof', 'src/activation/open-ceremony.ts', 'activation.begun'],
    ['proved', 'claimed', 'the first password', 'src/activation/claim.ts', 'letter.used'],
    ['proved', 'overtaken', 'another ceremony of the person claimed first', 'src/activation/claim.ts'],
    ['claimed', 'factor-enrolled', 'a code of the telephone', 'src/activation/second-factor.ts'],
    ['claimed', 'finished', 'without a second factor', 'src/activation/finish.ts', 'activation.finished'],
    [
      'factor-enrolled',
      'finished',
      'the recovery codes were kept',
      'src/activation/finish.ts',
      'activation.finished',
    ],
  ],
};

const request: Machine<'waiting' | RequestEnd> = {
  title: 'Screen that waits for a second proof',
  about: `Rows of \`activation_requests\`: a letter's code was typed, and the person chose who vouches for them. A code that
opens nothing has a row as well, for nobody. It ends, without being written, after its quarter of an hour, with a change
of the account's epoch, with its letter and with a cut-off order; a freeze only holds it up.`,
  states: ['waiting', ...(checkOf('activation_requests', 'outcome') as RequestEnd[])],
  arrows: [
    [
      '[*]',
      'waiting',
      'a code was typed and a way chosen',
      'src/activation/requests/ask.ts',
      'activation.asked',
    ],
    [
      'waiting',
      'proved',
      'a guardian or a desk vouched',
      'src/activation/requests/answer.ts',
      'activation.vouched',
    ],
    [
      'waiting',
      'wrong-proofs',
      'the last of its wrong digits',
      'src/activation/requests/answer.ts',
      'activation.refused',
    ],
    ['waiting', 'overtaken', 'the account was claimed', 'src/activation/claim.ts'],
    [
      'waiting',
      'refused',
      'a guardian said it is not their child',
      'src/activation/requests/refuse-vouch.ts',
      'activation.vouch-refused',
    ],
  ],
};

const order: Machine<OrderState> = {
  title: 'Crisis order',
  about: `Follows from the dates of a row of \`orders\` (\`src/crisis/order-record.ts\`). A cut-off order is in force from its
commit and has no end. \`freeze\`, \`suspend-rights\` (whoever it is over has no
right as staff) and \`close-sessions\` are enforced; the other five measures are refused.`,
  arrows: [
    ['[*]', 'scheduled', 'standing, with a later start', 'src/crisis/apply-order.ts', 'order.applied'],
    ['[*]', 'in-force', 'applied', 'src/crisis/apply-order.ts', 'order.applied'],
    ['scheduled', 'in-force', 'its start', 'src/orders/known.ts'],
    ['scheduled', 'ended', 'ended by hand', 'src/crisis/end-order.ts', 'order.ended'],
    ['in-force', 'ended', 'ended by hand, or its end', 'src/crisis/end-order.ts', 'order.ended'],
  ],
};

const plan: Machine<PlanState> = {
  title: 'Roster plan',
  about: `A plan counts as \`refused\` until it is whole, so that one whose making was killed can never be applied. An
interrupted \`applying\` or \`undoing\` goes on by the same command. A \`planned\` one that another plan came before is refused
when it is applied.`,
  states: checkOf('roster_plans', 'state') as PlanState[],
  arrows: [
    ['[*]', 'refused', 'its making began', 'src/roster/store.ts'],
    ['[*]', 'reading', 'staff brought files', 'src/roster/start-plan.ts', 'roster.brought'],
    ['reading', 'planned', 'the queue read them', 'src/roster/plan.ts', 'roster.planned'],
    ['reading', 'refused', 'nothing came of them', 'src/roster/start-plan.ts', 'roster.not-planned'],
    ['refused', 'planned', 'it is whole', 'src/roster/plan.ts', 'roster.planned'],
    ['planned', 'applying', 'roster apply', 'src/roster/apply.ts', 'roster.applying'],
    ['applying', 'applied', 'the last batch', 'src/roster/apply.ts', 'roster.applied'],
    ['applied', 'undoing', 'roster undo', 'src/roster/undo.ts', 'roster.undoing'],
    ['applying', 'undoing', 'roster undo, as far as it came', 'src/roster/undo.ts', 'roster.undoing'],
    ['undoing', 'undone', 'the first batch', 'src/roster/undo.ts', 'roster.undone'],
  ],
};

const family: Machine<'live' | 'revoked'> = {
  title: 'Refresh family',
  about: `Follows from \`rotation\`, \`revoked_at\` and \`until_at\` of \`refresh_families\`. A token of a lower rotation than the row's
was spent: showing it ends the family and its grant. A family also ends with its session (unless \`offline_access\`),
its account's epoch, a cut-off order, and its 30 days.`,
  arrows: [
    ['[*]', 'live', 'the code is exchanged, rotation 0', 'src/ledger/store.ts'],
    ['live', 'live', 'refreshed, rotation + 1 with the ledger line', 'src/ledger/store.ts'],
    ['live', 'live', 'answered with 503 after all, rotation - 1', 'src/sessions/store.ts'],
    ['live', 'revoked', 'revoked, or a spent token was shown', 'src/sessions/store.ts'],
  ],
};

const contract: Machine<ContractState> = {
  title: 'Version of a contract',
  about: `One version of a client is in force at most, and one is proposed at most. A client without one in force is in the
sandbox. Above name, class, school and role an approval takes two people; until then the version stays \`requested\`.`,
  states: checkOf('contracts', 'state') as ContractState[],
  arrows: [
    ['[*]', 'sandbox', 'proposed', `${CONTRACTS}/propose.ts`, 'contract.proposed'],
    [
      ...(['[*]', 'approved', 'registered by somebody who answers for it alone'] as const),
      ...(['src/relying-parties/register-client.ts', 'contract.approved'] as const),
    ],
    ['sandbox', 'requested', 'its approval is asked for', `${CONTRACTS}/request.ts`, 'contract.requested'],
    ['sandbox', 'replaced', 'another is proposed', `${CONTRACTS}/propose.ts`, 'contract.proposed'],
    ['requested', 'replaced', 'another is proposed', `${CONTRACTS}/propose.ts`, 'contract.proposed'],
    ['requested', 'approved', 'the last approval needed', `${CONTRACTS}/approve.ts`, 'contract.approved'],
    ['approved', 'replaced', 'the next one is approved', `${CONTRACTS}/approve.ts`, 'contract.approved'],
    ['approved', 'suspended', 'suspended', `${CONTRACTS}/suspend.ts`, 'contract.suspended'],
    ['suspended', 'approved', 'resumed', `${CONTRACTS}/suspend.ts`, 'contract.resumed'],
    ['approved', 'ended', 'ended for good', `${CONTRACTS}/end.ts`, 'contract.ended'],
    ['suspended', 'ended', 'ended for good', `${CONTRACTS}/end.ts`, 'contract.ended'],
    ['sandbox', 'ended', 'ended, nothing in force', `${CONTRACTS}/end.ts`, 'contract.ended'],
    ['requested', 'ended', 'ended, nothing in force', `${CONTRACTS}/end.ts`, 'contract.ended'],
  ],
};

export const machines: readonly Machine<string>[] = [
  ...[account, letter, request, ceremony, order, plan, family],
  contract,
];
