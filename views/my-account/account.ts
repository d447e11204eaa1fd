import { type Html, html } from '../../src/http/html.ts';
import { inParis } from '../../src/http/moments.ts';
import type { Page } from '../../src/http/render.ts';
import type { Profile } from '../../src/storage/schema.ts';
import { actions, button, form, linkButton } from '../components/form.ts';
import { section } from '../components/guidance.ts';
import { fieldWords, roleWords } from '../components/ledger-words.ts';
import { badge, facts, type Row, rowList } from '../components/lists.ts';
import { alert } from '../components/messages.ts';
import { layout } from '../layout.ts';
import { ownNavigation } from './navigation.ts';

export interface AccountProps {
  name: string;
  username: string | undefined;
  memberships: readonly { profile: Profile; establishment: string; class: string | undefined }[];
  sessions: readonly OwnSessionRow[];
  hasTotp: boolean;
  recoveryCodes: number;
  /** First names of the guardian's own children whose screen waits for them. */
  waitingChildren: readonly string[];
  /** Staff who looked at the record, the newest first. */
  readers: readonly ReaderRow[];
  /** What was just done. */
  done: Done | undefined;
}

export interface OwnSessionRow {
  /** For the button that ends it. */
  id: string;
  device: string | undefined;
  address: string | undefined;
  since: Date;
  isThis: boolean;
}

export interface ReaderRow {
  at: Date;
  role: string | undefined;
  school: string | undefined;
  fields: readonly string[];
}

export type Done = 'password' | 'session' | 'sessions' | 'vouch' | 'vouch-refused' | 'vouch-ended';

export function accountPage(props: AccountProps, page: Page): Html {
  const { t } = page;
  return layout(page, {
    title: t('my-account.title'),
    ...ownNavigation(page, { name: props.name, current: '/account' }),
    width: 'desk',
    body: html`
      ${props.done && alert({ kind: props.done === 'vouch-ended' ? 'info' : 'success', body: t(DONE[props.done]) })}
      ${props.waitingChildren.length > 0 && waiting(page, props.waitingChildren)}
      ${section({ title: t('my-account.who_title'), body: who(page, props) })}
      ${section({ title: t('my-account.sign_in_title'), body: rowList(waysIn(page, props)) })}
      ${section({ title: t('my-account.sessions_title'), body: sessions(page, props) })}
      ${section({ title: t('my-account.readers_title'), body: readers(page, props) })}
      ${section({ title: t('my-account.lock_title'), body: lock(page) })}`,
  });
}

const DONE: Record<Done, string> = {
  password: 'my-account.done_password',
  session: 'my-account.done_session',
  sessions: 'my-account.done_sessions',
  vouch: 'my-account.vouch_done',
  'vouch-refused': 'my-account.vouch_refused',
  'vouch-ended': 'my-account.vouch_refused_late',
};

function waiting({ t }: Page, children: readonly string[]): Html {
  const open = linkButton({ label: t('my-account.vouch_open'), href: '/account/vouch', kind: 'primary' });
  const lines = children.map((name) => html`<p>${t('my-account.vouch_waiting', { name })}</p>`);
  const title = t('my-account.vouch_waiting_title');
  return html`${alert({ kind: 'info', title, body: html`${lines}` })}${actions(open)}`;
}

const PROFILES: Record<Profile, string> = {
  pupil: 'my-account.profile_pupil',
  guardian: 'my-account.profile_guardian',
  teacher: 'my-account.profile_teacher',
  staff: 'my-account.profile_staff',
};

function who({ t }: Page, { name, username, memberships }: AccountProps): Html {
  const places = memberships.map(({ profile, establishment, class: inClass }) => {
    const where = inClass ? t('my-account.in_class', { establishment, class: inClass }) : establishment;
    return [t(PROFILES[profile]), where] as const;
  });
  return facts([
    [t('my-account.name'), name],
    ...(username ? [[t('my-account.username'), username] as const] : []),
    ...places,
  ]);
}

function waysIn({ t }: Page, { hasTotp, recoveryCodes }: AccountProps): Row[] {
  const password: Row = {
    title: t('my-account.password'),
    text: t('my-account.password_text'),
    action: linkButton({ label: t('my-account.change'), href: '/account/password' }),
  };
  const totp: Row = {
    title: t('my-account.totp'),
    text: t(hasTotp ? 'my-account.totp_on_text' : 'my-account.totp_off_text'),
    badge: hasTotp ? badge(t('my-account.totp_on'), 'good') : badge(t('my-account.totp_off'), 'neutral'),
    action: linkButton({
      label: t(hasTotp ? 'my-account.totp_replace' : 'my-account.totp_add'),
      href: '/account/second-factor',
    }),
  };
  const codes: Row = {
    title: t('my-account.codes'),
    text: t('my-account.codes_left', { count: recoveryCodes }),
    action: linkButton({ label: t('my-account.codes_new'), href: '/account/recovery-codes' }),
  };
  return hasTotp ? [password, totp, codes] : [password, totp];
}

function sessions(page: Page, { sessions: own }: AccountProps): Html {
  const { t } = page;
  const others = own.filter(({ isThis }) => !isThis);
  return html`
    <p>${t('my-account.sessions_text')}</p>
    ${rowList(own.map((session) => sessionRow(page, session)))}
    ${
      others.length > 0 &&
      form(page, {
        action: '/account/sessions/end-others',
        body: actions(button({ label: t('my-account.end_others'), kind: 'secondary' })),
      })
    }`;
}

function sessionRow(page: Page, { id, device, address, since, isThis }: OwnSessionRow): Row {
  const { t } = page;
  const when = t('my-account.since', { when: moment(page, since) });
  const title = device ?? t('my-account.unknown_device');
  const end = html`<input type="hidden" name="session" value="${id}"><button class="button button-quiet" type="submit">${t('my-account.end')}<span class="visually-hidden"> ${title}, ${when}</span></button>`;
  return {
    title,
    text: address ? t('my-account.since_from', { when: moment(page, since), address }) : when,
    ...(isThis
      ? { badge: badge(t('my-account.this_device'), 'good') }
      : { action: form(page, { action: '/account/sessions/end', look: 'inline', body: end }) }),
  };
}

function moment({ locale }: Page, at: Date): string {
  return inParis(locale, at, { dateStyle: 'long', timeStyle: 'short' });
}

function readers(page: Page, { readers: rows }: AccountProps): Html {
  const { t } = page;
  if (rows.length === 0) return html`<p>${t('my-account.readers_none')}</p>`;
  const row = ({ at, role: as, school, fields }: ReaderRow): Row => {
    const role = roleWords(page, as);
    return {
      title: moment(page, at),
      text: html`${school ? t('my-account.reader_of', { role, school }) : role}. ${t('my-account.reader_saw', { fields: fieldWords(page, fields) })}`,
    };
  };
  return html`<p>${t('my-account.readers_text')}</p>${rowList(rows.map(row))}`;
}

function lock({ t }: Page): Html {
  return html`
    <p>${t('my-account.lock_text')}</p>
    ${actions(linkButton({ label: t('my-account.lock_open'), href: '/account/lock' }))}`;
}
