import { type Html, html } from '../../../src/http/html.ts';
import type { Screen } from './layout.ts';

export type Message =
  | 'unreachable'
  | 'half_signed_out'
  | 'denied'
  | 'refused'
  | 'unexpected'
  | 'wrong_issuer'
  | 'not_found'
  | 'failed';

/** What went wrong, in words of somebody who only wants their timetable; the code is for whoever helps them. */
export function message({ t }: Screen, what: Message, code?: string): Html {
  const isAboutSigningIn = !['not_found', 'half_signed_out', 'failed'].includes(what);
  return html`
    <section class="sheet">
      <h1>${t(`app.${what}_title`)}</h1>
      <p class="lead">${t(`app.${what}`)}</p>
      ${code && html`<p class="small">${t('app.code')} <code>${code}</code></p>`}
      <p class="row">
        ${isAboutSigningIn && html`<a class="button" href="/login">${t('app.try_again')}</a>`}
        <a class="button quiet" href="/">${t('app.back')}</a>
      </p>
    </section>`;
}
