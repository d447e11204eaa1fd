import { createActivation } from '../../activation/activation.ts';
import type { HandedOver, Which } from '../../activation/letters/batches/hand-over.ts';
import { type Command, type Context, type Input, type Result, UsageError } from '../command.ts';
import { jsonOfBatch, lineOfBatch } from './batches.ts';

export const handOver: Command = {
  name: 'letters hand-over',
  summary: 'ticks a pile: its letters are with their owners; letters are named by their numbers on the paper',
  operands: 'BATCH',
  isActOfPower: true,
  options: {
    only: { type: 'string', multiple: true, value: 'N,…', help: 'these letters only' },
    except: { type: 'string', multiple: true, value: 'N,…', help: 'all but these: absent, or missing' },
  },
  run,
};

async function run(context: Context, input: Input): Promise<Result> {
  const [batch] = input.operands;
  if (!batch || input.operands.length > 1) {
    throw new UsageError(
      'name one batch, and letters as 3,7,12: npx preau letters hand-over BATCH --except 3,7',
    );
  }
  const which = readWhich(input);
  const { by, reason } = context;
  const handed = await createActivation(await context.parts()).handOver({ batch, which, by, reason });
  if (handed.outcome !== 'handed-over') return refused(handed, batch);
  const { numbers, skipped } = handed;
  const also = skipped.length > 0 ? [`left as they were: ${skipped.join(', ')}`] : [];
  return {
    outcome: 'done',
    json: { outcome: 'handed-over', handed_over: numbers, skipped, batch: jsonOfBatch(handed.batch) },
    lines: [`${numbers.length} letters handed over`, ...also, lineOfBatch(handed.batch)],
  };
}

function readWhich(input: Input): Which {
  const [only, except] = [readNumbers(input, 'only'), readNumbers(input, 'except')];
  if (only && except) throw new UsageError('--only or --except, not both');
  if (only) return { take: 'only', numbers: only };
  return except ? { take: 'except', numbers: except } : { take: 'all' };
}

function readNumbers(input: Input, option: string): number[] | undefined {
  const texts = input.texts(option);
  if (texts.length === 0) return undefined;
  return texts
    .flatMap((text) => text.split(','))
    .map((text) => {
      if (!/^\s*[1-9]\d{0,3}\s*$/.test(text)) throw new UsageError(`--${option} takes numbers: 3,7,12`);
      return Number(text);
    });
}

function refused(handed: Exclude<HandedOver, { outcome: 'handed-over' }>, batch: string): Result {
  const { outcome } = handed;
  switch (outcome) {
    case 'unknown-batch':
      return { outcome: 'refused', message: `there is no batch ${batch}`, json: { outcome, batch } };
    case 'unknown-number': {
      const { numbers, letters } = handed;
      const message = `the batch has letters 1 to ${letters}, no ${numbers.join(', ')}`;
      return { outcome: 'refused', message, json: { outcome, batch, numbers, letters } };
    }
    case 'nothing-to-hand-over': {
      const message = `none of these letters is waiting to be handed over: ${lineOfBatch(handed.batch)}`;
      const json = { outcome, skipped: handed.skipped, batch: jsonOfBatch(handed.batch) };
      return { outcome: 'refused', message, json };
    }
    default:
      throw new Error(`operators act by no right, and the answer was ${outcome}`);
  }
}
