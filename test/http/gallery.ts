import { type Html, html, type Printable } from '../../src/http/html.ts';
import type { Page, View } from '../../src/http/render.ts';
import { checkbox, checkboxes, radios } from '../../views/components/choices.ts';
import { codeDisplay, codeList, passphrase, qrCode } from '../../views/components/code.ts';
import { field, select, textArea } from '../../views/components/field.ts';
import { actions, button, form, linkButton, searchForm } from '../../views/components/form.ts';
import { details, emptyState, instructions, section, steps } from '../../views/components/guidance.ts';
import { badge, cardList, facts, rowList, table } from '../../views/components/lists.ts';
import { alert } from '../../views/components/messages.ts';
import { layout } from '../../views/layout.ts';

const WRONG = { code: 'http.field_missing', password: 'http.field_invalid', reason: 'http.field_characters' };
const ROLES = [
  { value: 'pupil', label: 'Élève', hint: 'Collège ou lycée' },
  { value: 'guardian', label: 'Responsable légal' },
];

/** One thing at a time: a ceremony's page. */
export const ceremony: View<{ failed: 'failed' | 'fresh' }> = ({ failed }, page) => {
  const errors = failed === 'failed' ? WRONG : undefined;
  return layout(page, {
    title: 'Bienvenue\u00a0! Activez votre compte',
    lead: 'Prenez la lettre que l’école vous a remise. Il vous faut aussi le mot écrit au tableau.',
    before: steps(page, { current: 2, total: 4, label: 'Le code de la lettre' }),
    errors,
    body: html`
      ${form(page, {
        action: '/gallery',
        body: html`
          ${field(page, { name: 'code', label: 'Code de la lettre', hint: 'Seize lettres et chiffres, en quatre groupes.', look: 'code', autocomplete: 'one-time-code', capitals: true, value: '7Q4M XW2K 9ZPT 3BND', errors })}
          ${field(page, { name: 'password', label: 'Mot de passe', hint: 'Au moins 12 caractères. Une phrase est parfaite.', type: 'password', autocomplete: 'new-password', errors })}
          ${actions(button({ label: 'Continuer' }), linkButton({ label: 'Retour', href: '/gallery', kind: 'quiet' }))}`,
      })}
      ${details({ summary: 'Je n’ai pas de lettre', body: html`<p>Demandez-la au secrétariat de l’école.</p>` })}`,
  });
};

/** Lists, tables and everything else. */
export const desk: View<object> = (_, page) =>
  layout(page, {
    title: 'Mes applications',
    lead: 'Choisissez où vous voulez aller.',
    width: 'desk',
    nav: [
      { href: '/gallery/desk', label: 'Applications', current: true },
      { href: '/gallery', label: 'Mon compte' },
    ],
    person: { name: 'Lina M.', signOut: '/logout' },
    body: html`
      ${cardList([
        { href: '/a', title: 'Emploi du temps', text: 'Vos cours de la semaine' },
        { href: '/b', title: 'Bibliothèque', text: 'Livres, presse et exercices', badge: 'Nouveau' },
        { href: '/c', title: 'Cahier de textes' },
        { href: '/d', title: 'Messagerie', text: 'Professeurs et camarades' },
      ])}
      ${EVERY_ALERT}
      ${section({ title: 'Mon compte', body: account(page) })}
      ${section({ title: 'Codes de secours', body: codes() })}
      ${section({ title: 'Tous les champs', body: everyField(page) })}`,
  });

const EVERY_ALERT = html`
  ${alert({ kind: 'info', title: 'Bon à savoir', body: 'La fenêtre de la classe ferme à 10 h 20.' })}
  ${alert({ kind: 'success', title: 'Votre compte est actif', body: 'Vous pouvez vous connecter partout.' })}
  ${alert({ kind: 'warning', title: 'Gardez ces codes', body: html`<p>Ils ne seront plus montrés. <a href="#codes">Les imprimer</a></p>` })}
  ${alert({ kind: 'danger', body: 'Nous n’avons pas pu enregistrer.' })}`;

function account(page: Page): Html {
  const end = form(page, {
    action: '/end',
    look: 'inline',
    body: button({ label: 'Fermer', kind: 'quiet' }),
  });
  return html`
    ${facts([
      ['Identifiant', 'lina.m-4821'],
      ['Établissement', 'Collège Alice-Guy (0750001A), classe de 6e B'],
      ['Depuis', '2 septembre 2026'],
    ])}
    ${rowList([
      { title: 'Firefox sur Linux', text: 'Paris · il y a 2 minutes', badge: badge('Cet appareil', 'good') },
      {
        title: 'Safari sur iPad',
        text: 'Hier à 18 h 04',
        badge: badge('À vérifier', 'warning'),
        action: end,
      },
    ])}
    ${table({
      caption: 'Qui a reçu mes données',
      columns: ['Application', 'Quand', 'Quoi', 'Pourquoi'],
      rows: [
        ['Emploi du temps', '12 novembre 2026', 'prénom, classe', badge('Contrat 3')],
        ['Bibliothèque', '9 novembre 2026', 'classe', badge('Suspendu', 'danger')],
      ],
    })}
    ${emptyState({ title: 'Aucune clé d’accès', body: 'Une clé d’accès remplace le mot de passe.' })}
    ${actions(button({ label: 'Verrouiller mon compte', kind: 'danger' }), linkButton({ label: 'Changer', href: '/x' }))}`;
}

function codes(): Printable {
  const pixel = 'data:image/svg+xml,%3Csvg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"/%3E';
  return [
    instructions([
      'Ouvrez votre application de codes.',
      'Visez le carré, ou tapez le secret.',
      'Tapez le code à six chiffres.',
    ]),
    qrCode({ label: 'Carré à viser avec votre application', image: pixel }),
    codeDisplay({ label: 'Secret à taper', value: 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP' }),
    passphrase({ label: 'Phrase proposée', value: 'tortue violon marée cabane pluie' }),
    codeList({
      label: 'Codes de secours',
      values: ['7Q4MXW2K', '9ZPT3BND', 'H2KW8RTA', 'M5XQ0CVE', 'T7NB4GYD'],
    }),
  ];
}

function everyField(page: Page): Html {
  return html`
    ${searchForm({ action: '/find', body: html`${field(page, { name: 'q', label: 'Chercher une école', type: 'search', look: 'short' })}${actions(button({ label: 'Chercher', kind: 'secondary' }))}` })}
    ${form(page, {
      action: '/gallery',
      body: html`
        ${field(page, { name: 'username', label: 'Identifiant', autocomplete: 'username', value: '"><b>lina' })}
        ${select(page, {
          name: 'class',
          label: 'Classe',
          choices: [
            { value: '6A', label: '6e A' },
            { value: '6B', label: '6e B' },
          ],
          value: '6B',
        })}
        ${textArea(page, { name: 'reason', label: 'Raison', hint: 'Une phrase suffit.', errors: WRONG, value: 'Perdu' })}
        ${radios(page, { name: 'role', label: 'Vous êtes', choices: ROLES, value: 'pupil' })}
        ${checkboxes(page, { name: 'who[]', label: 'Pour qui', hint: 'Plusieurs réponses possibles.', choices: ROLES, values: [] })}
        ${checkbox(page, { name: 'shared', label: 'Cet ordinateur est partagé', hint: 'Nous vous déconnectons plus vite.' })}
        ${actions(button({ label: 'Enregistrer' }))}`,
    })}`;
}
