import { type Html, html } from '../../src/http/html.ts';
import type { Page } from '../../src/http/render.ts';
import { actions, linkButton } from '../components/form.ts';
import { emptyState } from '../components/guidance.ts';
import { type Card, cardList } from '../components/lists.ts';
import { layout } from '../layout.ts';
import { ownNavigation } from '../my-account/navigation.ts';

export interface HomeProps {
  name: string;
  givenName: string | undefined;
  applications: readonly { name: string; publisher: string; url: string }[];
  /** Whoever holds a right among the staff finds the console from here. */
  hasConsole: boolean;
}

/** `/` for who is signed in: what is open to me. */
export function homePage({ name, givenName, applications, hasConsole }: HomeProps, page: Page): Html {
  const { t } = page;
  return layout(page, {
    title: givenName ? t('home.hello', { name: givenName }) : t('home.hello_nameless'),
    lead: applications.length > 0 && t('home.lead'),
    ...ownNavigation(page, { name, current: '/' }),
    width: 'desk',
    body: html`
      ${applications.length > 0 ? cardList(applications.map(cardOf)) : nothingYet(page)}
      ${hasConsole && actions(linkButton({ label: t('home.console'), href: '/console' }))}`,
  });
}

function cardOf({ name, publisher, url }: HomeProps['applications'][number]): Card {
  return { href: url, title: name, text: publisher };
}

function nothingYet({ t }: Page): Html {
  return emptyState({ title: t('home.empty_title'), body: html`<p>${t('home.empty_text')}</p>` });
}

/** `/` for everybody else. */
export function landingPage(_: object, page: Page): Html {
  const { t } = page;
  return layout(page, {
    title: t('home.landing_title'),
    lead: t('home.landing_lead'),
    body: html`
      ${actions(
        linkButton({ label: t('home.sign_in'), href: '/login?to=/', kind: 'primary' }),
        linkButton({ label: t('home.activate'), href: '/activate' }),
      )}
      <p class="aside">${t('home.activate_hint')}</p>`,
  });
}

/** Signed out, and nothing else to say. */
export function signedOutPage(_: object, page: Page): Html {
  const { t } = page;
  return layout(page, {
    title: t('home.signed_out_title'),
    lead: t('home.signed_out_lead'),
    body: actions(linkButton({ label: t('home.sign_in_again'), href: '/login?to=/', kind: 'primary' })),
  });
}
