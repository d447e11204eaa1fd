import { attributes, type Html, html } from '../../src/http/html.ts';
import type { Page } from '../../src/http/render.ts';
import { type Errors, field } from '../components/field.ts';
import { actions, button, form } from '../components/form.ts';
import { section, steps } from '../components/guidance.ts';
import { layout } from '../layout.ts';

type Way = 'class-window' | 'guardian-vouch' | 'split-letter' | 'desk';

export interface WaysProps {
  offered: readonly Way[];
  errors?: Errors | undefined;
}

/** The same for every code: nothing here knows whose letter it is. */
export function waysPage({ offered, errors }: WaysProps, page: Page): Html {
  const { t } = page;
  return layout(page, {
    title: t('activation.ways_title'),
    lead: t('activation.ways_lead'),
    before: steps(page, { current: 1, total: 4, label: t('activation.ways_step') }),
    errors,
    body: html`${offered.map((way) => choice(way, { errors }, page))}`,
  });
}

function choice(way: Way, { errors }: { errors: Errors | undefined }, page: Page): Html {
  const { t } = page;
  const chosen = html`<input${attributes({ type: 'hidden', name: 'way', value: way })}>`;
  const word =
    way === 'class-window' &&
    field(page, {
      ...{ name: 'proof', label: t('activation.proof'), hint: t('activation.proof_hint'), look: 'code' },
      ...{ maxlength: 64, errors },
    });
  const label = t(`activation.way_${way}_button`);
  const kind = way === 'class-window' ? 'primary' : 'secondary';
  return section({
    title: t(`activation.way_${way}`),
    body: html`
      ${!word && html`<p>${t(`activation.way_${way}_text`)}</p>`}
      ${form(page, { action: '/activate/way', body: html`${chosen}${word}${actions(button({ label, kind }))}` })}`,
  });
}
