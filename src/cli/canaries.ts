import { textOfLetter } from '../activation/letters/letter-text.ts';
import type { PrintedLetter } from '../activation/letters/printed-letter.ts';
import { createCreateDecoys, type DecoysCreated } from '../canaries/create-decoys.ts';
import { listCanaries } from '../canaries/list-canaries.ts';
import { type BaitPrinted, createPrintBait } from '../canaries/print-bait.ts';
import type { DecoysOfSchool } from '../canaries/store.ts';
import { LOCALES_FOLDER, loadWords } from '../http/translate.ts';
import { openLettersFile } from '../messages/letters/letters-file.ts';
import { writeLetters } from '../messages/letters/write-letters.ts';
import { type Command, type Context, type Input, type Result, UsageError } from './command.ts';
import { outFileOf } from './out-file.ts';

export const commands: Command[] = [
  {
    name: 'canaries create',
    summary: 'makes a class of pupils whom nobody is, in a school or in all: looking at them is an alarm',
    isActOfPower: true,
    options: {
      school: { type: 'string', value: 'UAI', help: 'this school' },
      all: { type: 'boolean', help: 'every school that has none this school year' },
    },
    run: create,
  },
  {
    name: 'canaries letter',
    summary: 'prints a letter in the name of a decoy, whose code opens nothing: its use is an alarm',
    isActOfPower: true,
    options: {
      school: { type: 'string', value: 'UAI', help: 'the school' },
      out: { type: 'string', value: 'FILE.pdf', help: 'the file; only its owner may read it' },
    },
    run: letter,
  },
  {
    name: 'canaries list',
    summary: 'lists the schools and their decoys: classes and numbers, no name',
    async run(context) {
      const { db } = await context.parts();
      const schools = await listCanaries(db);
      const lines = schools.length > 0 ? schools.map(lineOf) : ['no school yet'];
      return { outcome: 'done', json: schools.map(jsonOf), lines };
    },
  },
];

async function create(context: Context, input: Input): Promise<Result> {
  const school = input.text('school');
  if ((school === undefined) !== input.flag('all')) throw new UsageError('name --school UAI or --all');
  const parts = await context.parts();
  const { canaries: settings } = context.config;
  const createDecoys = createCreateDecoys({ ...parts, settings, now: context.now });
  const uais = school === undefined ? (await listCanaries(parts.db)).map(({ uai }) => uai) : [school];
  const results: DecoysCreated[] = [];
  for (const [done, uai] of uais.entries()) {
    results.push(await createDecoys(context.by, { uai, reason: context.reason }));
    context.progress(done + 1, uais.length, 'schools');
  }
  const [only] = results;
  if (school !== undefined && only && only.outcome !== 'created')
    return { outcome: 'refused', message: saysOf(only), json: only };
  return { outcome: 'done', json: results, lines: results.map(saysOf) };
}

function saysOf(created: DecoysCreated): string {
  const { uai } = created;
  switch (created.outcome) {
    case 'created':
      return `${uai}: class ${created.className}, ${created.pupils} pupils, ${created.guardians} guardians`;
    case 'there-already':
      return `${uai}: has its decoys of this school year`;
    case 'too-small':
      return `${uai}: too few pupils or classes to hide a class among`;
    case 'unknown-school':
      return `there is no school ${uai} here`;
    default:
      return created satisfies never;
  }
}

const REFUSALS: Record<Exclude<BaitPrinted['outcome'], 'printed'>, (uai: string) => string> = {
  'unknown-school': (uai) => `there is no school ${uai} here`,
  'no-decoys': (uai) => `${uai} has no decoys to name: npx preau canaries create --school ${uai}`,
};

async function letter(context: Context, input: Input): Promise<Result> {
  const [uai, out] = [input.required('school'), outFileOf(input)];
  const parts = await context.parts();
  const printBait = createPrintBait({ ...parts, settings: context.config.activation, now: context.now });
  const printed = await printBait(context.by, { uai, reason: context.reason });
  if (printed.outcome !== 'printed') {
    const { outcome } = printed;
    return { outcome: 'refused', message: REFUSALS[outcome](uai), json: { outcome, school: uai } };
  }
  await writeFile(context, printed.letter, out);
  const { id } = printed;
  const lines = [
    `bait ${id} in ${out}`,
    'Leave it where a letter should not lie. Its use is the alarm bait-used.',
  ];
  return { outcome: 'done', json: { outcome: 'printed', bait: id, school: uai, file: out }, lines };
}

async function writeFile(context: Context, printed: PrintedLetter, out: string): Promise<void> {
  const file = await openLettersFile(out);
  try {
    const t = loadWords({ folder: LOCALES_FOLDER, strict: true, onMissing: () => {} }).translator('fr');
    const page = textOfLetter(t, context.config.issuer, printed);
    await writeLetters(file.stream, { title: t('letters.title'), lang: 'fr-FR' }, [page], () => {});
    await file.keep();
  } catch (error) {
    await file.discard();
    throw error;
  }
}

function jsonOf({ uai, name, academie, classes, pupils, guardians, madeAt, ...noticed }: DecoysOfSchool) {
  return {
    ...{ school: uai, name, academie, classes, pupils, guardians, made_at: madeAt },
    ...{ baits: noticed.baits, bait_uses: noticed.baitUses, sightings: noticed.sightings },
  };
}

function lineOf({ uai, name, classes, pupils, guardians, baits }: DecoysOfSchool): string {
  const decoys =
    pupils === 0
      ? 'none'
      : `${classes.join(', ')}: ${pupils} pupils, ${guardians} guardians, ${baits} bait letters`;
  return `${uai}  ${name}  ${decoys}`;
}
