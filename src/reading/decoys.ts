import { noteDecoysRead } from '../alarms/sightings.ts';
import type { Asked, Watch } from './reading.ts';

/** Whoever is read, which of them are decoys is noted in the same transaction: alarms/ makes of it what it is. */
export const noteDecoys: Watch = (tx, { asked, persons, at }) => {
  const { reader, session } = asked;
  return noteDecoysRead(tx, { persons, reader, session, way: wayOf(asked), at });
};

function wayOf({ details }: Asked): 'opened' | 'found' | 'listed' {
  if (details?.search === 'identifier') return 'found';
  return details?.page === 'person' ? 'opened' : 'listed';
}
