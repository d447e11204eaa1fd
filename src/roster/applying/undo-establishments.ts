import {
  type Establishment,
  findEstablishments,
  saveEstablishments,
} from '../../directory/establishments.ts';
import type { Tx } from '../../storage/postgres.ts';
import type { BatchTrace, Change } from '../changes.ts';
import { isAsStated } from '../planning/differences.ts';

/** Schools that are still as the plan left them are as they were before it; what a later plan said of one stands. */
export async function undoEstablishments(
  tx: Tx,
  { establishments: before }: Pick<BatchTrace, 'establishments'>,
  { changes, at }: { changes: readonly Change[]; at: Date },
): Promise<void> {
  const left = new Map(
    changes.flatMap((change) =>
      change.kind === 'establishment' ? [[change.establishment.uai, change.establishment] as const] : [],
    ),
  );
  const now = await findEstablishments(tx, [...left.keys()]);
  const restored = before.flatMap((former) => {
    const stated = left.get(former.uai);
    const known = now.find(({ uai }) => uai === former.uai);
    return stated && known && isAsStated(known, stated) ? [asFarAsStated(former, stated)] : [];
  });
  await saveEstablishments(tx, restored, at);
}

function asFarAsStated({ mail, ...former }: Establishment, stated: Establishment): Establishment {
  return stated.mail === undefined || mail === undefined ? former : { ...former, mail };
}
