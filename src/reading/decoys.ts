import { noteDecoysRead } from '../alarms/sightings.ts';
import type { Asked, Watch } from './reading.ts';

/** Whoever is read, which of them are decoys is noted in the same transaction: alarms/ makes of it what it is. */
export const noteDecoys: Watch = (tx, { asked, persons, at }) => {
  const { reader, session } = asked;
  return noteDecoysRead(tx, { persons, reader, session, way: wayOf(asked), at });
};

/** Pages about one person, whatever they are for: each shows a name to whoever types an id. */
const OF_ONE = ['person', 'act', 'letter', 'desk'];

function wayOf({ details }: Asked): 'opened' | 'found' | 'listed' {
  if (details?.search === 'identifier') return 'found';
  return OF_ONE.some((page) => page === details?.page) ? 'opened' : 'listed';
}
