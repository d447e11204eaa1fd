import type { Translate } from '../../http/translate.ts';
import type { Letter } from '../../messages/letters/letter.ts';
import { formatActivationCode } from '../activation-code.ts';
import type { PrintedLetter } from './print-batch.ts';

/** The words of a page. Letters are French, whoever prints them: the French translator comes in. */
export function textOfLetter(t: Translate, issuer: string, printed: PrintedLetter): Letter {
  const { givenName, familyName, className, school, code, expiresAt } = printed;
  const address = addressOf(issuer);
  const inClass = className === undefined ? [] : [t('letters.class', { name: className })];
  return {
    title: t('letters.title'),
    name: `${givenName} ${familyName}`.trim(),
    place: [...inClass, school],
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
    validity: t('letters.validity', { date: longDate(expiresAt) }),
    strangerTitle: t('letters.stranger_title'),
    stranger: t('letters.stranger'),
    never: t('letters.never'),
  };
}

function addressOf(issuer: string): string {
  return `${issuer.replace(/^https?:\/\//, '')}/activate`;
}

function longDate(date: Date): string {
  return new Intl.DateTimeFormat('fr-FR', { dateStyle: 'long', timeZone: 'Europe/Paris' }).format(date);
}
