import { type Html, html } from '../../../src/http/html.ts';
import type { Screen } from './layout.ts';

/** The page of somebody who is not signed in here. */
export function welcome({ name, kind, t }: Screen, notice?: 'ended' | 'signed_out'): Html {
  return html`
    ${notice && html`<p class="notice" role="status">${t(`app.${notice}`)}</p>`}
    <section class="hero">
      <div>
        <h1>${name}</h1>
        <p class="lead">${t(`${kind}.pitch`)}</p>
        <p><a class="button large" href="/login">${t('app.sign_in')}</a></p>
        <p class="small">${t('app.by_preau')}</p>
      </div>
      <div class="picture" aria-hidden="true">${[...'abcdefghijkl'].map((letter) => html`<i class="tile ${letter}"></i>`)}</div>
    </section>`;
}
