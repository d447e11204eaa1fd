import type { WhichPile } from '../../../src/activation/letters/pile.ts';
import { pathOfClass, pathOfSchool } from '../../../src/console/place.ts';
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
  which: WhichPile;
  letters: number;
  /** Letters that printing makes void. */
  printed: number;
  handedOver: number;
  /** So few anew that they wait and are told of as one printed alone is. */
  waitsADay: boolean;
  errors: Errors | undefined;
}

/** How many letters, and which of those before become void: said before anything is printed. */
export function printPage(props: PrintProps, page: Page): Html {
  const { t } = page;
  const { school, which, letters, errors } = props;
  const back = which.whose === 'staff' ? pathOfSchool(school.uai) : pathOfClass(which);
  const action = `${back}/${which.whose === 'guardians' ? 'guardian-letters' : 'letters'}`;
  return consoleLayout(page, {
    staff: props.staff,
    current: '/console/schools',
    title: titleOf(page, which),
    lead: school.name,
    errors,
    body:
      letters === 0
        ? html`
          ${emptyState({ title: t('console.print_none'), body: t(`console.print_none_${which.whose}`) })}
          ${actions(linkButton({ label: t('console.back'), href: back }))}`
        : html`
          <p><strong>${t('console.print_count', { count: letters })}</strong></p>
          ${voidNote(page, props)}
          ${waitNote(page, props)}
          ${instructions([t('console.print_once'), t('console.print_count_them'), t('console.print_tick')])}
          ${adultNote(page, which)}
          ${actForm(page, { action, label: t('console.print_now'), back, errors })}
          <p class="aside">${t('console.print_after')} <a href="${back}">${t('console.print_batches')}</a></p>`,
  });
}

function titleOf({ t }: Page, which: WhichPile): string {
  if (which.whose === 'staff') return t('console.print_title_staff');
  return t(which.whose === 'pupils' ? 'console.print_title' : 'console.print_title_guardians', {
    class: which.className,
  });
}

/** What is different with those who claim by letter and message. */
function adultNote({ t }: Page, { whose }: WhichPile): Html | undefined {
  if (whose === 'pupils') return undefined;
  return html`<p>${t('console.print_half')}${whose === 'guardians' && html` ${t('console.print_siblings')}`}</p>`;
}

function voidNote({ t }: Page, { printed, handedOver }: PrintProps): Html | undefined {
  if (printed + handedOver === 0) return undefined;
  return alert({
    kind: 'warning',
    title: t('console.print_voids', { count: printed + handedOver }),
    body: t('console.print_voids_text', { printed, handed: handedOver }),
  });
}

function waitNote({ t }: Page, { waitsADay }: PrintProps): Html | undefined {
  if (!waitsADay) return undefined;
  return alert({ kind: 'warning', title: t('console.print_waits'), body: t('console.print_waits_text') });
}
