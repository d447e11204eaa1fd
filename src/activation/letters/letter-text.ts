import type { Translate } from '../../http/translate.ts';
import type { Letter } from '../../messages/letters/letter.ts';
import { formatActivationCode } from '../activation-code.ts';
import type { PrintedBatch, PrintedLetter } from './printed-letter.ts';

/** The words of a page. Letters are French, whoever prints them: the French translator comes in. */
export function textOfLetter(t: Translate, issuer: string, printed: PrintedLetter): Letter {
  const { batch, number, name, code } = printed;
  const address = addressOf(issuer);
  return {
    kind: 'letter',
    title: t('letters.title'),
    name,
    place: inPlace(t, batch),
    number: t('letters.number', { number, count: batch.names.length, batch: shortId(batch.id) }),
    intro: t('letters.intro'),
    codeLabel: t('letters.code'),
    code: formatActivationCode(code).replaceAll('-', ' '),
    link: `${issuer}/activate?code=${code}`,
    linkLabel: t('letters.link', { address }),
    qrText: t('letters.qr', { address }),
    stepsTitle: t('letters.steps'),
    steps: [
      t('letters.step_wait'),
      t('letters.step_open', { address }),
      t('letters.step_type'),
      t('letters.step_password'),
    ],
    validity: t('letters.validity', { date: longDate(batch.handOverBy), days: batch.daysOfUse }),
    strangerTitle: t('letters.stranger_title'),
    stranger: t('letters.stranger'),
    never: t('letters.never'),
  };
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
  return new Intl.DateTimeFormat('fr-FR', { dateStyle: 'long', timeZone: 'Europe/Paris' }).format(date);
}
