import type { Actor } from '../audit/actor.ts';
import type { Tx } from '../storage/postgres.ts';
import { applyOrderIn } from './apply-order.ts';

const BY: Actor = { kind: 'system', name: 'alarms' };

/** What an alarm may order by itself: nobody dormant of one school is let in, until then. Answers the order's id. */
export async function pauseClaims(
  tx: Tx,
  given: { uai: string; alarm: string; rule: string; until: Date; at: Date },
): Promise<string> {
  const { uai, alarm, rule, until, at } = given;
  const scope = { establishment: [uai], state: ['dormant' as const] };
  const reason = `alarm ${alarm}: ${rule}`;
  const applied = await applyOrderIn(
    tx,
    BY,
    { measure: 'freeze', scope, reason, mode: 'live', endsAt: until },
    at,
  );
  if (applied.outcome !== 'applied') throw new Error(`an alarm could not pause claims: ${applied.refusal}`);
  return applied.order.id;
}
