import { pathOfClass } from '../../../src/console/place.ts';
import { type Html, html } from '../../../src/http/html.ts';
import type { Page } from '../../../src/http/render.ts';
import type { Errors } from '../../components/field.ts';
import { actions, linkButton } from '../../components/form.ts';
import { emptyState, instructions } from '../../components/guidance.ts';
import { alert } from '../../components/messages.ts';
import { actForm } from '../act-fields.ts';
import { consoleLayout, type Staff } from '../console-layout.ts';

export interface PrintProps {
  staff: Staff;
  school: { uai: string; name: string };
  className: string;
  letters: number;
  /** Letters that printing makes void. */
  printed: number;
  handedOver: number;
  errors: Errors | undefined;
}

/** How many letters, and which of those before become void: said before anything is printed. */
export function printPage(props: PrintProps, page: Page): Html {
  const { t } = page;
  const { school, className, letters, errors } = props;
  const back = pathOfClass({ uai: school.uai, className });
  return consoleLayout(page, {
    staff: props.staff,
    current: '/console/schools',
    title: t('console.print_title', { class: className }),
    lead: school.name,
    errors,
    body:
      letters === 0
        ? html`
          ${emptyState({ title: t('console.print_none'), body: t('console.print_none_text') })}
          ${actions(linkButton({ label: t('console.back'), href: back }))}`
        : html`
          <p><strong>${t('console.print_count', { count: letters })}</strong></p>
          ${voidNote(page, props)}
          ${instructions([t('console.print_once'), t('console.print_count_them'), t('console.print_tick')])}
          ${actForm(page, { action: `${back}/letters`, label: t('console.print_now'), back, errors })}
          <p class="aside">${t('console.print_after')} <a href="${back}">${t('console.print_batches')}</a></p>`,
  });
}

function voidNote({ t }: Page, { printed, handedOver }: PrintProps): Html | undefined {
  if (printed + handedOver === 0) return undefined;
  return alert({
    kind: 'warning',
    title: t('console.print_voids', { count: printed + handedOver }),
    body: t('console.print_voids_text', { printed, handed: handedOver }),
  });
}
