import { createActivation } from '../../activation/activation.ts';
import type { Batch } from '../../activation/letters/batches/store.ts';
import type { Command, Context, Input, Result } from '../command.ts';

export const batches: Command = {
  name: 'letters batches',
  summary: 'lists the printed batches and counts their letters: numbers, no name and no code',
  options: { school: { type: 'string', value: 'UAI', help: 'of this school only' } },
  run,
};

async function run(context: Context, input: Input): Promise<Result> {
  const uai = input.text('school');
  const listed = await createActivation(await context.parts()).listBatches({ uai });
  if (listed.outcome !== 'listed') {
    const json = { outcome: listed.outcome, school: uai };
    return { outcome: 'refused', message: `there is no school ${uai} here`, json };
  }
  return {
    outcome: 'done',
    json: listed.batches.map(jsonOfBatch),
    lines: listed.batches.length > 0 ? listed.batches.map(lineOfBatch) : ['no letter was printed'],
  };
}

/** `void` counts those that expired too; `letters` is the sum of the four states. */
export function jsonOfBatch(batch: Batch) {
  const { printed, handedOver, used } = batch;
  return {
    id: batch.id,
    school: batch.uai,
    class: batch.className,
    printed_at: batch.printedAt,
    hand_over_by: batch.handOverBy,
    letters: batch.letters,
    printed: printed.length,
    handed_over: handedOver.length,
    used: used.length,
    void: batch.void.length,
    expired: batch.expired,
    numbers: { printed, handed_over: handedOver, used, void: batch.void },
  };
}

export function lineOfBatch(batch: Batch): string {
  const { id, uai, className, letters, printed, handedOver, used } = batch;
  const where = className === null ? uai : `${uai} ${className}`;
  const counts = [
    `${printed.length} printed`,
    `${handedOver.length} handed over`,
    `${used.length} used`,
    `${batch.void.length} void (${batch.expired} by time)`,
  ];
  const missing =
    printed.length > 0 && printed.length < letters ? `; not handed over: ${listed(printed)}` : '';
  return `${id}  ${where}  ${letters} letters of ${dayOf(batch.printedAt)}: ${counts.join(', ')}${missing}`;
}

/** 1, 3–5 */
function listed(numbers: readonly number[]): string {
  const runs: [number, number][] = [];
  for (const number of numbers) {
    const last = runs.at(-1);
    if (last?.[1] === number - 1) last[1] = number;
    else runs.push([number, number]);
  }
  return runs.map(([from, to]) => (from === to ? `${from}` : `${from}–${to}`)).join(', ');
}

function dayOf(date: Date): string {
  return new Intl.DateTimeFormat('fr-FR', { dateStyle: 'short', timeZone: 'Europe/Paris' }).format(date);
}
