import { createActivation } from '../../activation/activation.ts';
import { letterPages } from '../../activation/letters/letter-pages.ts';
import type { Printing } from '../../activation/letters/print-letters.ts';
import type { PrintedLetter } from '../../activation/letters/printed-letter.ts';
import { LOCALES_FOLDER, loadWords } from '../../http/translate.ts';
import { openLettersFile } from '../../messages/letters/letters-file.ts';
import { writeLetters } from '../../messages/letters/write-letters.ts';
import type { Profile } from '../../storage/schema.ts';
import { type Command, type Context, type Input, type Result, UsageError } from '../command.ts';
import { outFileOf } from '../out-file.ts';

export const print: Command = {
  name: 'letters print',
  summary:
    'prints an activation letter for each dormant pupil, guardian or staff member; former letters become void',
  isActOfPower: true,
  options: {
    school: { type: 'string', value: 'UAI', help: 'the school' },
    class: { type: 'string', value: 'CODE', help: 'this class only' },
    profile: {
      type: 'string',
      value: 'PROFILE',
      help: 'pupil (the default), guardian, teacher or staff',
    },
    out: { type: 'string', value: 'FILE.pdf', help: 'the file; only its owner may read it' },
  },
  run,
};

async function run(context: Context, input: Input): Promise<Result> {
  const [uai, out] = [input.required('school'), outFileOf(input)];
  if (input.operands.length > 0) throw new UsageError('letters print takes options only');
  const parts = await context.parts();
  const className = input.text('class');
  const profile = readProfile(input.text('profile'));
  const { by, reason } = context;
  const printing = await createActivation(parts).printLetters({ uai, className, profile, by, reason });
  if (printing.outcome !== 'printing') return refused(printing, { uai, className });
  const printed = await writeFile(context, printing, out);
  if (printed.letters === 0) return refused({ outcome: 'nobody' }, { uai, className });
  const { letters, batches } = printed;
  return {
    outcome: 'done',
    json: { outcome: 'printed', school: uai, class: className ?? null, letters, batches, file: out },
    lines: [
      `${letters} letters in ${out}`,
      'Former letters of these persons are void. The codes stand on this paper only.',
      ...batches.map((batch) => `Once ticked: npx preau letters hand-over ${batch}`),
    ],
  };
}

const PROFILES: readonly Profile[] = ['pupil', 'guardian', 'teacher', 'staff'];

function readProfile(text: string | undefined): Profile | undefined {
  const profile = PROFILES.find((known) => known === text);
  if (text !== undefined && !profile) throw new UsageError(`--profile is one of ${PROFILES.join(', ')}`);
  return profile;
}

interface Printed {
  letters: number;
  batches: string[];
}

/** The codes are in memory from their batch's transaction to their page; a failure leaves no file. */
async function writeFile(
  context: Context,
  printing: Extract<Printing, { outcome: 'printing' }>,
  out: string,
): Promise<Printed> {
  const file = await openLettersFile(out);
  try {
    const printed: Printed = { letters: 0, batches: [] };
    const t = loadWords({ folder: LOCALES_FOLDER, strict: true, onMissing: () => {} }).translator('fr');
    const { issuer } = context.config;
    const pages = letterPages(counted(printing.letters, printed), { t, issuer });
    await writeLetters(file.stream, { title: t('letters.title'), lang: 'fr-FR' }, pages, (done) =>
      context.progress(done, printing.total, 'letters'),
    );
    if (printed.letters === 0) await file.discard();
    else await file.keep();
    return printed;
  } catch (error) {
    await file.discard();
    throw error;
  }
}

async function* counted(
  letters: AsyncIterable<PrintedLetter>,
  printed: Printed,
): AsyncGenerator<PrintedLetter> {
  for await (const letter of letters) {
    if (letter.number === 1) printed.batches.push(letter.batch.id);
    printed.letters += 1;
    yield letter;
  }
}

function refused(
  { outcome }: Exclude<Printing, { outcome: 'printing' }>,
  { uai, className }: { uai: string; className: string | undefined },
): Result {
  const where = className === undefined ? uai : `class ${className} of ${uai}`;
  const messages = {
    'unknown-school': `there is no school ${uai} here`,
    'unknown-class': `there is no class ${className} in ${uai} this year`,
    nobody: `nobody in ${where} has a dormant account to claim with a letter`,
  };
  return {
    outcome: 'refused',
    message: messages[outcome],
    json: { outcome, school: uai, class: className ?? null },
  };
}
