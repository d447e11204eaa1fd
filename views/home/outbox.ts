import { type Html, html } from '../../src/http/html.ts';
import { inParis } from '../../src/http/moments.ts';
import type { Page } from '../../src/http/render.ts';
import type { OutboxMessage } from '../../src/messages/outbox.ts';
import { actions, linkButton } from '../components/form.ts';
import { emptyState } from '../components/guidance.ts';
import { badge, facts } from '../components/lists.ts';
import { layout } from '../layout.ts';

interface OutboxProps {
  /** The newest first. */
  messages: readonly OutboxMessage[];
  issuer: string;
}

export function outboxPage({ messages, issuer }: OutboxProps, page: Page): Html {
  const { t } = page;
  const refresh = actions(linkButton({ label: t('home.outbox_refresh'), href: '/demo/outbox' }));
  const none = emptyState({ title: t('home.outbox_empty'), body: t('home.outbox_empty_text') });
  return layout(page, {
    title: t('home.outbox_title'),
    lead: t('home.outbox_lead'),
    width: 'desk',
    body: html`${refresh}${messages.length === 0 ? none : messages.map((one) => message(page, one, issuer))}`,
  });
}

function message(page: Page, { channel, to, subject, text, sentAt }: OutboxMessage, issuer: string): Html {
  const { t, locale } = page;
  const time = html`<time datetime="${sentAt.toISOString()}">${inParis(locale, sentAt, { dateStyle: 'medium', timeStyle: 'medium' })}</time>`;
  return html`
    <article class="section">
      <h2>${subject ?? t('home.outbox_sms_to', { to })} ${badge(t(`home.outbox_${channel}`))}</h2>
      ${facts([
        [t('home.outbox_to'), to],
        [t('home.outbox_at'), time],
      ])}
      <p class="message-text">${withLinks(text, issuer)}</p>
    </article>`;
}

/** Links of our own can be followed from here, as from a mailbox. */
function withLinks(text: string, issuer: string): (string | Html)[] {
  return text
    .split(/(https?:\/\/\S+)/)
    .map((part) => (part.startsWith(`${issuer}/`) ? html`<a href="${part}">${part}</a>` : part));
}
