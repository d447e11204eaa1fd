import { attributes, type Html, html, type Printable, raw } from '../src/http/html.ts';
import type { Page } from '../src/http/render.ts';
import { LOCALES, type Locale } from '../src/http/translate.ts';
import type { Errors } from './components/field.ts';
import { form } from './components/form.ts';
import { errorSummary } from './components/messages.ts';

export interface Layout {
  /** The visible `<h1>` and the window's title: one thing, one name. */
  title: string;
  /** One or two sentences under the title. */
  lead?: Printable;
  /** Above the title: `steps(…)`. */
  before?: Html | undefined;
  errors?: Errors | undefined;
  body: Printable;
  /** `ceremony`: one thing at a time, under the roof. `desk`: lists and tables. */
  width?: 'ceremony' | 'desk' | undefined;
  nav?: readonly NavItem[] | undefined;
  /** Something on it is never shown again: no language switch, which would load the page anew without it. */
  isShownOnce?: boolean | undefined;
  /** Who is signed in, with the way out. */
  person?: { name: string; signOut: string } | undefined;
}

export interface NavItem {
  href: string;
  label: string;
  current?: boolean | undefined;
}

export function layout(page: Page, given: Layout): Html {
  const { t, locale, asset } = page;
  const { title, width = 'ceremony', errors } = given;
  const failed = Object.keys(errors ?? {}).length > 0;
  return html`${raw('<!doctype html>')}
<html lang="${locale}" dir="ltr">
<head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <meta name="color-scheme" content="light dark">
  <meta name="theme-color" content="#fbf6ec" media="(prefers-color-scheme: light)">
  <meta name="theme-color" content="#15201f" media="(prefers-color-scheme: dark)">
  <meta name="robots" content="noindex">
  <meta name="format-detection" content="telephone=no">
  <title>${failed && t('common.title_failed')} ${title} · ${t('common.product')}</title>
  <link rel="icon" href="${asset('preau.svg')}" type="image/svg+xml">
  <link rel="stylesheet" href="${asset('preau.css')}">
</head>
<body class="page page-${width}">
  <a class="skip" href="#main">${t('common.skip')}</a>
  ${banner(page, given)}
  <main id="main" class="main" tabindex="-1">
    <div class="shelter">
      <div class="roof" aria-hidden="true"></div>
      <div class="panel">
        ${given.before}
        <h1>${title}</h1>
        ${given.lead && html`<p class="lead">${given.lead}</p>`}
        ${errorSummary(page, errors)}
        ${given.body}
      </div>
    </div>
  </main>
  ${foot(page, given)}
</body>
</html>
`;
}

function banner(page: Page, { nav = [], person }: Layout): Html {
  const { t, asset } = page;
  return html`
  <header class="banner">
    <a class="brand" href="/"><img src="${asset('preau.svg')}" alt="" width="36" height="36"><span>${t('common.product')}</span></a>
    ${nav.length > 0 && navigation(page, nav)}
    ${person && signedIn(page, person)}
  </header>`;
}

function navigation({ t }: Page, items: readonly NavItem[]): Html {
  const links = items.map(({ href, label, current }) => {
    return html`<li><a href="${href}"${attributes({ 'aria-current': current ? 'page' : undefined })}>${label}</a></li>`;
  });
  return html`<nav class="nav"${attributes({ 'aria-label': t('common.navigation') })}><ul class="plain">${links}</ul></nav>`;
}

function signedIn(page: Page, { name, signOut }: { name: string; signOut: string }): Html {
  const leave = html`<button class="button button-quiet" type="submit" name="logout" value="yes">${page.t('common.sign_out')}</button>`;
  return html`<div class="person"><span class="person-name">${name}</span>${form(page, { action: signOut, look: 'inline', body: leave })}</div>`;
}

function foot(page: Page, { isShownOnce }: Layout): Html {
  const { t, locale } = page;
  const others = isShownOnce ? [] : LOCALES.filter((other) => other !== locale);
  return html`
  <footer class="foot">
    <p class="foot-text">${t('common.foot')}</p>
    ${others.map((other) => languageSwitch(page, other))}
  </footer>`;
}

/** Named in its own language: who needs it reads that one. */
const LANGUAGES: Record<Locale, string> = { fr: 'Français', en: 'English' };

function languageSwitch(page: Page, other: Locale): Html {
  const name = LANGUAGES[other];
  const body = html`<button class="button button-quiet" type="submit" name="language" value="${other}" lang="${other}">${name}</button>`;
  return form(page, { action: '/language', look: 'inline', body });
}
