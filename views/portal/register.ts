import { type Html, html, type Printable } from '../../src/http/html.ts';
import { calendarDay } from '../../src/http/moments.ts';
import type { Page } from '../../src/http/render.ts';
import type { RegisterEntry } from '../../src/relying-parties/contracts/register.ts';
import { PROFILES } from '../../src/relying-parties/contracts/terms.ts';
import { acrWords } from '../components/acr-words.ts';
import { details, emptyState, section } from '../components/guidance.ts';
import { badge, cardList, facts, table } from '../components/lists.ts';
import { layout } from '../layout.ts';

/** All applications with a contract, for anybody to read. */
export function registerPage({ entries }: { entries: readonly RegisterEntry[] }, page: Page): Html {
  const { t } = page;
  const cards = entries.map((entry) => ({
    href: `/register/${entry.client_id}`,
    title: entry.name,
    text: [entry.publisher.legal_name, entry.purpose].filter(Boolean).join(' · '),
    badge: entry.state === 'approved' ? undefined : t(`contracts.state_${entry.state}`),
  }));
  const none = emptyState({
    title: t('contracts.register_none'),
    body: html`<p>${t('contracts.register_none_more')}</p>`,
  });
  return layout(page, {
    title: t('contracts.register_title'),
    lead: t('contracts.register_lead'),
    body: html`
      ${cards.length > 0 ? cardList(cards) : none}
      <p class="aside"><a href="/register.json">${t('contracts.register_json')}</a></p>`,
  });
}

export function registerEntryPage({ entry }: { entry: RegisterEntry }, page: Page): Html {
  const { t } = page;
  const state = badge(t(`contracts.state_${entry.state}`), entry.state === 'approved' ? 'good' : 'warning');
  return layout(page, {
    title: entry.name,
    lead: entry.purpose ?? t('contracts.not_stated'),
    body: html`
      <p>${state} ${t('contracts.register_since', { day: calendarDay(page.locale, entry.since), version: entry.version })}</p>
      ${section({ title: t('contracts.register_what'), body: whatTheyGet(entry, page) })}
      ${section({ title: t('contracts.register_terms'), body: facts(termsOf(entry, page)) })}
      ${section({ title: t('contracts.register_versions'), body: versionsOf(entry, page) })}
      <p class="aside"><a href="/register">${t('contracts.register_back')}</a></p>`,
  });
}

function whatTheyGet({ claims }: RegisterEntry, { t }: Page): Html[] {
  return PROFILES.map((profile) => {
    const caption = t(`contracts.profile_${profile}`);
    const rows = claims[profile].map(({ claim, reason }) => [
      t(`contracts.claim_${claim}`),
      reason ?? t('contracts.not_stated'),
    ]);
    if (rows.length === 0) return html`<h3>${caption}</h3><p>${t('contracts.register_nothing')}</p>`;
    return table({ caption, columns: [t('contracts.register_claim'), t('contracts.register_why')], rows });
  });
}

function termsOf(entry: RegisterEntry, page: Page): (readonly [string, Printable])[] {
  const { t } = page;
  const { publisher, open_to: openTo } = entry;
  const orNot = (text: string | null) => text || t('contracts.not_stated');
  const schools = [...(openTo?.academies ?? []), ...(openTo?.establishments ?? [])];
  const weaker = entry.weaker_settings.map((setting) => t(`contracts.weaker_${setting}`));
  return [
    [t('contracts.publisher'), publisher.legal_name],
    [t('contracts.contact'), orNot(publisher.contact)],
    [t('contracts.data_protection_officer'), orNot(publisher.data_protection_officer)],
    [t('contracts.legal_basis'), orNot(entry.legal_basis)],
    [t('contracts.retention'), orNot(entry.retention)],
    [t('contracts.open_to'), openTo ? schools.join(', ') : t('contracts.open_to_all')],
    [t('contracts.minimum_acr'), acrWords(page, entry.minimum_acr)],
    [t('contracts.weaker'), weaker.length > 0 ? weaker.join(' · ') : t('contracts.weaker_none')],
  ];
}

function versionsOf({ versions }: RegisterEntry, page: Page): Html[] {
  const { t, locale } = page;
  return versions.map(({ version, since, until, terms }) => {
    const named = PROFILES.map(
      (profile) =>
        [
          t(`contracts.profile_${profile}`),
          Object.keys(terms.claims[profile])
            .map((claim) => t(`contracts.claim_${claim}`))
            .join(' · ') || t('contracts.register_nothing'),
        ] as const,
    );
    const from = { version, since: calendarDay(locale, since) };
    const summary = until
      ? t('contracts.register_version_until', { ...from, until: calendarDay(locale, until) })
      : t('contracts.register_version', from);
    return details({ summary, body: facts([[t('contracts.purpose'), terms.purpose ?? ''], ...named]) });
  });
}
