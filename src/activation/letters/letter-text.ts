import { inParis } from '../../http/moments.ts';
import type { Translate } from '../../http/translate.ts';
import type { Letter } from '../../messages/letters/letter.ts';
import { formatActivationCode } from '../activation-code.ts';
import type { PrintedBatch, PrintedLetter } from './printed-letter.ts';

/** The words of a page. Letters are French, whoever prints them: the French translator comes in. */
export function textOfLetter(t: Translate, issuer: string, printed: PrintedLetter): Letter {
  const { batch, number, name, code } = printed;
  const address = addressOf(issuer);
  const [first = 'desk', ...others] = batch.ceremonies;
  return {
    kind: 'letter',
    title: t('letters.title'),
    name,
    place: inPlace(t, batch),
    number: t('letters.number', { number, count: batch.names.length, batch: shortId(batch.id) }),
    intro: t(`letters.intro_${first}`),
    codeLabel: t('letters.code'),
    code: formatActivationCode(code).replaceAll('-', ' '),
    link: `${issuer}/activate?code=${code}`,
    linkLabel: t('letters.link', { address }),
    qrText: t('letters.qr', { address }),
    stepsTitle: t('letters.steps'),
    steps: [
      t(`letters.before_${first}`),
      t('letters.step_open', { address }),
      [t(`letters.type_${first}`), ...otherWays(t, others)].join(' '),
      t('letters.step_password'),
    ],
    validity: validityOf(t, batch),
    strangerTitle: t('letters.stranger_title'),
    stranger: t('letters.stranger'),
    never: t('letters.never'),
  };
}

function otherWays(t: Translate, names: PrintedBatch['ceremonies']): string[] {
  if (names.length === 0) return [];
  const ways = names.map((name) => t(`letters.way_${name}`));
  return [t('letters.others', { ways: new Intl.ListFormat('fr', { type: 'disjunction' }).format(ways) })];
}

function validityOf(t: Translate, { validFrom, handOverBy, daysOfUse }: PrintedBatch): string {
  const validity = t('letters.validity', { date: longDate(handOverBy), days: daysOfUse });
  if (!validFrom) return validity;
  return `${t('letters.valid_from', { time: longTime(validFrom) })} ${validity}`;
}

export function inPlace(t: Translate, { className, school }: PrintedBatch): string[] {
  return className === undefined ? [school] : [t('letters.class', { name: className }), school];
}

/** Enough to tell whose pile a stray letter belongs to. */
export function shortId(batch: string): string {
  return batch.slice(0, 8);
}

function addressOf(issuer: string): string {
  return `${issuer.replace(/^https?:\/\//, '')}/activate`;
}

export function longDate(date: Date): string {
  return inParis('fr', date, { dateStyle: 'long' });
}

function longTime(date: Date): string {
  return inParis('fr', date, { dateStyle: 'long', timeStyle: 'short' });
}
