import { type Html, html } from '../../src/http/html.ts';
import type { Page } from '../../src/http/render.ts';
import type { Pickable } from '../../src/relying-parties/personas/pickable.ts';
import { actions, button, form } from '../components/form.ts';
import { rowList } from '../components/lists.ts';
import { alert } from '../components/messages.ts';
import { layout } from '../layout.ts';

export interface PersonaProps {
  action: string;
  application: string;
  personas: readonly Pickable[];
}

/** For whoever tries out an application that was never approved: made-up people, and nobody else. */
export function personaPage({ action, application, personas }: PersonaProps, page: Page): Html {
  const { t } = page;
  const rows = personas.map((persona) => ({
    title: persona.name,
    text: [...persona.profiles.map((profile) => t(`contracts.profile_${profile}`)), ...persona.classes].join(
      ' · ',
    ),
    action: button({
      label: t('contracts.persona_pick'),
      kind: 'secondary',
      name: 'persona',
      value: persona.id,
    }),
  }));
  const none = button({ label: t('contracts.persona_none'), kind: 'quiet', name: 'persona', value: 'none' });
  return layout(page, {
    title: t('contracts.persona_title', { application }),
    lead: t('contracts.persona_lead'),
    body: html`
      ${alert({ kind: 'warning', title: t('contracts.persona_warning'), body: t('contracts.persona_warning_more') })}
      ${form(page, { action, body: html`${rowList(rows)}${actions(none)}` })}`,
  });
}
