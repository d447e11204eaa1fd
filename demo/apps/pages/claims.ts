import { type Html, html } from '../../../src/http/html.ts';
import type { Claims } from '../relying-party.ts';
import type { Screen } from './layout.ts';

const IN_THIS_ORDER = [
  'given_name',
  'family_name',
  'name',
  'profiles',
  'establishments',
  'children',
  'sub',
  'acr',
  'amr',
  'auth_time',
];
const KNOWN = new Set(IN_THIS_ORDER);

/** Everything Préau sent, as it came: the holder sees what this publisher sees. */
export function claimsPanel(screen: Screen, claims: Claims): Html {
  const names = [
    ...IN_THIS_ORDER.filter((name) => claims[name] !== undefined),
    ...Object.keys(claims).filter((name) => !KNOWN.has(name)),
  ];
  return html`
    <section class="sheet claims" aria-labelledby="claims">
      <h2 id="claims">${screen.t('app.claims_title')}</h2>
      <p class="small">${screen.t('app.claims_lead')}</p>
      <dl>${names.map((name) => claim(screen, name, claims[name]))}</dl>
    </section>`;
}

function claim({ t, locale }: Screen, name: string, value: unknown): Html {
  const label = KNOWN.has(name) ? t(`app.claim_${name}`) : name;
  const shown =
    name === 'auth_time' && typeof value === 'number'
      ? new Date(value * 1000).toLocaleString(locale, {
          dateStyle: 'long',
          timeStyle: 'short',
          timeZone: 'Europe/Paris',
        })
      : print(value);
  return html`
    <div>
      <dt>${label} <code>${name}</code></dt>
      <dd data-claim="${name}">${shown}</dd>
    </div>`;
}

function print(value: unknown): Html | string {
  if (Array.isArray(value) && value.every((one) => typeof one === 'string')) return value.join(', ');
  if (Array.isArray(value)) return html`<ul>${value.map((one) => html`<li>${print(one)}</li>`)}</ul>`;
  if (typeof value === 'object' && value !== null) {
    const told = Object.entries(value).filter(([, part]) => !(Array.isArray(part) && part.length === 0));
    const parts = told.map(
      ([key, part]) => html`<span class="part"><code>${key}</code> ${print(part)}</span>`,
    );
    return html`${parts}`;
  }
  return String(value);
}
