import type { Html } from '../../src/http/html.ts';
import type { Page } from '../../src/http/render.ts';
import { actions, linkButton } from '../components/form.ts';
import { layout } from '../layout.ts';

export function endedPage(_: object, page: Page): Html {
  const { t } = page;
  return layout(page, {
    title: t('activation.ended_title'),
    lead: t('activation.ended_text'),
    body: actions(
      linkButton({ label: t('activation.ended_again'), href: '/activate', kind: 'primary' }),
      linkButton({ label: t('activation.ended_sign_in'), href: '/' }),
    ),
  });
}
