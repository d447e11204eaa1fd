import { ACTIVE, DORMANT, OFFICERS, type Part } from './cast.ts';
import type { Facts, Persona } from './facts.ts';

/** Where to click and who to be. */
export function greeting({ issuer, applications, personas }: Facts, folder: string): string {
  const dormant = personas.filter(({ activation }) => activation);
  const active = personas.filter(({ password }) => password);
  const [first] = dormant;
  return [
    '',
    '  Préau est ouvert.',
    '',
    ...table([
      ['Préau', issuer],
      ['Activer un compte', `${issuer}/activate`],
      ['Console des personnels', `${issuer}/console`],
      ['Mails et SMS', `${issuer}/demo/outbox`],
      ...applications.map(({ name, url }): [string, string] => [name, url]),
    ]),
    '',
    ...(first ? toActivate(dormant, first) : []),
    '  Comptes actifs : identifiant, phrase de passe, secret de l’application de codes',
    ...active.flatMap((persona) => [
      `    ${described(persona)}`,
      `      ${persona.username}  ${persona.password}  ${persona.totpSecret ?? ''}`,
    ]),
    '',
    `  Tout cela est aussi dans ${folder}/demo.json. Ctrl-C arrête tout ; les données restent.`,
    '',
  ].join('\n');
}

function toActivate(dormant: readonly Persona[], first: Persona): string[] {
  return [
    `  Comptes à activer : le code de la lettre, puis le mot écrit au tableau, « ${first.activation?.proof} »`,
    ...table(dormant.map((persona) => [described(persona), persona.activation?.code ?? ''])),
    '',
  ];
}

function table(rows: readonly [string, string][]): string[] {
  const width = Math.max(...rows.map(([left]) => left.length));
  return rows.map(([left, right]) => `    ${left.padEnd(width)}   ${right}`);
}

function described({ name }: Persona): string {
  const part: Part | undefined = [...DORMANT, ...ACTIVE, ...OFFICERS].find((one) => one.name === name);
  return `${name}, ${part?.about ?? ''}`;
}
