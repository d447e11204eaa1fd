import { ASKED_BY_HOLDER, disowningIn } from '../../../src/accounts/lock-reasons.ts';
import { type Html, html } from '../../../src/http/html.ts';
import type { Page } from '../../../src/http/render.ts';
import type { PersonRecord, ReaderOfRecord } from '../../../src/reading/person-record.ts';
import type { LetterShown, LockShown, SignInShown } from '../../../src/reading/record-store.ts';
import { actions, linkButton } from '../../components/form.ts';
import { section } from '../../components/guidance.ts';
import { fieldWords, roleWords } from '../../components/ledger-words.ts';
import { facts, type Row, rowList, table } from '../../components/lists.ts';
import { alert } from '../../components/messages.ts';
import { consoleLayout, type Staff } from '../console-layout.ts';
import { longDate, moment } from '../words.ts';
import { placeWords, stateBadge } from './words.ts';

export interface PersonProps {
  staff: Staff;
  record: PersonRecord;
  acts: { mayLock: boolean; mayReset: boolean; liftable: readonly string[] };
  done: 'locked' | 'lifted' | 'reset' | undefined;
}

/** A person as the role of who looks sees them. No code and no secret can stand here: none is read. */
export function personPage(props: PersonProps, page: Page): Html {
  const { t } = page;
  const { staff, record, acts, done } = props;
  return consoleLayout(page, {
    staff,
    current: '/console/people',
    title: record.name,
    lead: placeWords(page, record.places),
    body: html`
      ${done && alert({ kind: 'success', body: t(`people.done_${done}`) })}
      ${section({ title: t('people.account_title'), body: account(page, record) })}
      ${record.locks && section({ title: t('people.locks_title'), body: locks(page, record, acts.liftable) })}
      ${record.letters && section({ title: t('people.letters_title'), body: letters(page, record.letters) })}
      ${record.factors && section({ title: t('people.factors_title'), body: factors(page, record.factors) })}
      ${record.guardians && section({ title: t('people.guardians_title'), body: guardians(page, record) })}
      ${record.signIns && section({ title: t('people.sign_ins_title'), body: signIns(page, record.signIns) })}
      ${record.readers && section({ title: t('people.readers_title'), body: readers(page, record.readers) })}
      ${(acts.mayLock || acts.mayReset) && section({ title: t('people.acts_title'), body: actLinks(page, props) })}
      <p class="aside">${t('people.read_noted')}</p>`,
  });
}

function account(page: Page, record: PersonRecord): Html {
  const { t } = page;
  const { state, isLocked, since, claimedBy, username } = record;
  return facts([
    [t('people.state'), stateBadge(page, { state, isLocked })],
    [t('people.since'), longDate(page, since)],
    ...(state === 'active' && claimedBy
      ? [[t('people.claimed_by'), ceremonyWords(page, claimedBy)] as const]
      : []),
    ...('username' in record ? [[t('people.username'), username ?? t('people.no_username')] as const] : []),
  ]);
}

const CEREMONIES = ['class-window', 'guardian-vouch', 'split-letter', 'desk'];

function ceremonyWords({ t }: Page, claimedBy: string): string {
  return t(CEREMONIES.includes(claimedBy) ? `people.claimed_${claimedBy}` : 'people.claimed_other');
}

function locks(page: Page, { id, state, locks = [] }: PersonRecord, liftable: readonly string[]): Html {
  const { t } = page;
  if (locks.length === 0) return html`<p>${t('people.no_lock')}</p>`;
  const row = (lock: LockShown): Row => ({
    title: t(`people.lock_by_${lock.by.kind}`),
    text: html`${t('people.lock_since', { when: moment(page, lock.from), reason: reasonWords(page, lock.reason) })}${lock.until && html` ${t('people.lock_until', { when: moment(page, lock.until) })}`}${state === 'active' && disowningIn(lock.reason) && html` ${t('people.lock_reset_first')}`}`,
    ...(liftable.includes(lock.id) && {
      action: linkButton({ label: t('people.lift'), href: `/console/people/${id}/lift?lock=${lock.id}` }),
    }),
  });
  return rowList(locks.map(row));
}

/** What somebody typed stands as it is; what Préau wrote itself is said in the language of who reads. */
function reasonWords({ t }: Page, reason: string): string {
  if (reason === ASKED_BY_HOLDER) return t('people.lock_reason_holder');
  const disowning = disowningIn(reason);
  return disowning ? t(`people.lock_reason_${disowning.what}_${disowning.by}`) : reason;
}

function letters(page: Page, all: readonly LetterShown[]): Html {
  const { t } = page;
  if (all.length === 0) return html`<p>${t('people.no_letter')}</p>`;
  return table({
    caption: t('people.letters_caption'),
    columns: [
      t('people.letter_printed'),
      t('people.letter_number'),
      t('people.letter_state'),
      t('people.letter_when'),
    ],
    rows: all.map((letter) => [
      longDate(page, letter.printedAt),
      letter.number,
      t(`people.letter_state_${letter.state}`),
      letterDate(page, letter),
    ]),
  });
}

function letterDate(page: Page, { state, handedOverAt, endedAt, expiresAt }: LetterShown): string {
  const { t } = page;
  if (state === 'printed' || state === 'handed-over') {
    const until = t('people.letter_until', { date: longDate(page, expiresAt) });
    return handedOverAt
      ? `${t('people.letter_handed', { date: longDate(page, handedOverAt) })} ${until}`
      : until;
  }
  return endedAt ? longDate(page, endedAt) : '–';
}

function factors({ t }: Page, { totp, recoveryCodes }: NonNullable<PersonRecord['factors']>): Html {
  return facts([
    [t('people.totp'), t(totp ? 'people.totp_on' : 'people.totp_off')],
    [t('people.recovery_codes'), recoveryCodes],
  ]);
}

function guardians(page: Page, { guardians: all = [] }: PersonRecord): Html {
  const { t } = page;
  if (all.length === 0) return html`<p>${t('people.no_guardian')}</p>`;
  return rowList(
    all.map(({ id, name, rank, state }) => ({
      title: name,
      badge: stateBadge(page, { state, isLocked: false }),
      text: t(rank > 0 ? 'people.guardian_legal' : 'people.guardian_contact', { rank }),
      action: html`<a class="button button-quiet" href="/console/people/${id}">${t('people.open')}<span class="visually-hidden"> ${name}</span></a>`,
    })),
  );
}

const SIGN_INS = {
  'sign-in.succeeded': 'people.sign_in_good',
  'sign-in.refused': 'people.sign_in_refused',
  'sign-in.failed': 'people.sign_in_failed',
} as const;

function signIns(page: Page, all: readonly SignInShown[]): Html {
  const { t } = page;
  if (all.length === 0) return html`<p>${t('people.no_sign_in')}</p>`;
  return table({
    caption: t('people.sign_ins_caption'),
    columns: [t('people.when'), t('people.what')],
    rows: all.map(({ at, name, isTwo }) => [
      moment(page, at),
      html`${t(SIGN_INS[name])}${isTwo && html` ${t('people.sign_in_two')}`}`,
    ]),
  });
}

function readers(page: Page, all: readonly ReaderOfRecord[]): Html {
  const { t } = page;
  if (all.length === 0) return html`<p>${t('people.no_reader')}</p>`;
  return html`
    <p>${t('people.readers_text')}</p>
    ${rowList(
      all.map(({ at, role, school, name, fields }) => ({
        title: moment(page, at),
        text: t('people.reader_saw', {
          who: name ?? [roleWords(page, role), school].filter(Boolean).join(', '),
          fields: fieldWords(page, fields),
        }),
      })),
    )}`;
}

function actLinks({ t }: Page, { record: { id }, acts }: PersonProps): Html {
  return html`
    <p>${t('people.acts_text')}</p>
    ${actions(
      acts.mayReset && linkButton({ label: t('people.reset'), href: `/console/people/${id}/reset` }),
      acts.mayLock &&
        linkButton({ label: t('people.lock'), href: `/console/people/${id}/lock`, kind: 'danger' }),
    )}`;
}

/** The same for whoever does not exist and whoever is of another school. */
export function nobodyPage({ staff }: { staff: Staff }, page: Page): Html {
  const { t } = page;
  return consoleLayout(page, {
    staff,
    current: '/console/people',
    title: t('people.nobody_title'),
    lead: t('people.nobody_lead'),
    body: actions(linkButton({ label: t('people.search_title'), href: '/console/people' })),
  });
}
