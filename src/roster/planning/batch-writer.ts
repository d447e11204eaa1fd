import type { SecretSealer } from '../../crypto/key-ring.ts';
import type { Db } from '../../storage/postgres.ts';
import { type Change, sealBatch } from '../changes.ts';
import { insertBatch } from '../store.ts';
import { type Bearing, bearingOf, NO_BEARING } from './bearing.ts';

/** Changes → sealed batches, each of which is one transaction when applied. */
export class BatchWriter {
  readonly #to: { db: Db; sealer: SecretSealer; plan: string; size: number };
  #changes: Change[] = [];
  #ordinal = 0;
  readonly bearing: Bearing = { ...NO_BEARING };

  constructor(to: { db: Db; sealer: SecretSealer; plan: string; size: number }) {
    this.#to = to;
  }

  async add(change: Change): Promise<void> {
    this.#changes.push(change);
    const { opened, closed, cut } = bearingOf(change);
    this.bearing.opened += opened;
    this.bearing.closed += closed;
    this.bearing.cut += cut;
    if (this.#changes.length >= this.#to.size) await this.flush();
  }

  /** What follows may build on what was added so far. */
  async flush(): Promise<void> {
    if (this.#changes.length === 0) return;
    const { db, sealer, plan } = this.#to;
    const ordinal = this.#ordinal;
    await insertBatch(db, {
      plan,
      ordinal,
      sealed: sealBatch(sealer, { plan, ordinal, part: 'changes' }, this.#changes),
    });
    this.#changes = [];
    this.#ordinal += 1;
  }
}
