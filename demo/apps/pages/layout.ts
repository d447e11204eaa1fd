import { type Html, html, raw } from '../../../src/http/html.ts';
import type { Locale, Translate } from '../../../src/http/translate.ts';
import type { Holder } from '../relying-party.ts';

export interface Screen {
  name: string;
  kind: 'timetable' | 'library';
  locale: Locale;
  t: Translate;
  holder: Holder | undefined;
}

export function layout(screen: Screen, body: Html | Html[]): Html {
  const { name, kind, locale, t, holder } = screen;
  return html`${raw('<!doctype html>')}
<html lang="${locale}">
<head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <meta name="color-scheme" content="light dark">
  <meta name="robots" content="noindex">
  <title>${name}</title>
  <link rel="icon" href="data:image/svg+xml,">
  <link rel="stylesheet" href="/style.css">
</head>
<body class="${kind}">
  <a class="skip" href="#main">${t('app.skip')}</a>
  <header class="top">
    <a class="brand" href="/"><span class="mark" aria-hidden="true"></span>${name}</a>
    ${holder && signedIn(screen, holder)}
  </header>
  <main id="main" tabindex="-1">${body}</main>
  <footer class="foot"><p>${t(`${kind}.foot`)}</p></footer>
</body>
</html>
`;
}

function signedIn({ t }: Screen, { claims }: Holder): Html {
  const name = typeof claims.given_name === 'string' ? claims.given_name : t('app.somebody');
  return html`
    <div class="who">
      <span>${name}</span>
      <form method="post" action="/logout"><button class="button quiet" type="submit" name="logout">${t('app.sign_out')}</button></form>
    </div>`;
}
