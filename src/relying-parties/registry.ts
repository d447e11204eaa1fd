import type { Db } from '../storage/postgres.ts';
import type { RelyingParty } from './relying-party.ts';
import { selectRelyingParties } from './store.ts';

/** All relying parties, in memory (design D5): read anew when the version of clients moves. */
export interface Registry {
  start(): Promise<void>;
  stop(): void;
  /** What nobody knows yet may have been registered a moment ago, elsewhere: asks PostgreSQL once more. */
  find(clientId: string): Promise<RelyingParty | undefined>;
  /** As it is in memory now. */
  known(clientId: string): RelyingParty | undefined;
  all(): RelyingParty[];
  /** At least this version: somebody has seen it in the database. */
  upTo(version: number): Promise<void>;
}

export interface RegistryDependencies {
  db: Db;
  orders: { onChange(listener: (inForce: { clientsVersion: number }) => void): () => void };
  now: () => Date;
  /** Préau's own pages, which are in no table. */
  own: readonly RelyingParty[];
  log: { warn(details: object, message: string): void };
}

// Made-up ids shall not become questions to the database without end.
const MISSES_PER_SECOND = 20;

export function createRegistry({ db, orders, now, own, log }: RegistryDependencies): Registry {
  let version = -1;
  let parties = new Map<string, RelyingParty>();
  let loading: Promise<void> | undefined;
  let misses = { second: 0, count: 0 };
  let stopListening = () => {};

  async function loadOnce(): Promise<void> {
    const loaded = await selectRelyingParties(db);
    // Two answers may cross: the newer one counts.
    if (loaded.version < version) return;
    version = loaded.version;
    if (loaded.unreadable.length > 0)
      log.warn(
        { clients: loaded.unreadable },
        'relying parties: left out, their registration cannot be read',
      );
    parties = new Map([...loaded.parties, ...own].map((party) => [party.clientId, party]));
  }

  function load(): Promise<void> {
    loading ??= loadOnce().finally(() => {
      loading = undefined;
    });
    return loading;
  }

  return {
    async start() {
      await load();
      stopListening = orders.onChange((inForce) => {
        if (inForce.clientsVersion > version)
          load().catch((error) => log.warn({ err: error }, 'relying parties: not read'));
      });
    },
    stop: () => stopListening(),
    async find(clientId) {
      const known = parties.get(clientId);
      if (known) return known;
      const second = Math.floor(now().getTime() / 1000);
      misses = { second, count: misses.second === second ? misses.count + 1 : 1 };
      if (misses.count > MISSES_PER_SECOND) return undefined;
      // What was already under way may have been asked too early.
      await loading?.catch(() => {});
      await load();
      return parties.get(clientId);
    },
    known: (clientId) => parties.get(clientId),
    all: () => [...parties.values()].filter((party) => !own.includes(party)),
    async upTo(wanted) {
      if (version < wanted) await load();
      // What was already under way may have been asked too early.
      if (version < wanted) await load();
    },
  };
}
