import { createJudged } from '../../src/orders/judged.ts';
import { createGrantRight } from '../../src/rights/grant.ts';
import { ACTIVE, DEMO_CLASS, DISTRIBUTOR, HEAD } from '../cast.ts';
import { personsOf, REASON, type Stage } from './stage.ts';

/** The head and the teachers have their rights from the roster; the one who hands out letters has his from the head. */
export async function grantRights(stage: Stage): Promise<void> {
  const { parts } = stage;
  const cast = [HEAD, DISTRIBUTOR].map((key) => ACTIVE.find((part) => part.key === key));
  const [head = 0, distributor = 0] = await personsOf(
    stage,
    cast.filter((part) => part !== undefined),
  );
  const granted = await createGrantRight({ judged: createJudged(parts), now: parts.now })({
    by: { kind: 'person', person: head },
    to: distributor,
    role: 'distributor',
    scope: { kind: 'establishment', uai: DEMO_CLASS.uai },
    reason: REASON,
    // Nobody's telephone is at hand while the scene is set.
    confirm: async () => ({ outcome: 'confirmed' }),
  });
  if (granted.outcome !== 'granted' && granted.outcome !== 'already-held') {
    throw new Error(`the demo's distributor has no right: ${granted.outcome}`);
  }
}
