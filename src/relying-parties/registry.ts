import { setTimeout as pause } from 'node:timers/promises';
import type { Db } from '../storage/postgres.ts';
import { isInService, type RelyingParty } from './relying-party.ts';
import { type Selected, selectClientsVersion, selectRelyingParties } from './store.ts';

/** Every relying party in service, in memory (design D5): read anew when the version of clients moves. */
export interface Registry {
  start(): Promise<void>;
  stop(): void;
  /** What nobody knows yet may have been registered a moment ago, elsewhere: asks PostgreSQL once more. */
  find(clientId: string): Promise<RelyingParty | undefined>;
  /** As it is in memory now. */
  known(clientId: string): RelyingParty | undefined;
  all(): RelyingParty[];
  /** Where a relying party's own pages live: the origin of a redirect somebody registered, a moment ago as well. */
  hasOrigin(origin: string): Promise<boolean>;
  /** At least this version: somebody has seen it in the database. */
  upTo(version: number): Promise<void>;
  /** As it is in the database now. */
  catchUp(): Promise<void>;
}

export interface RegistryDependencies {
  db: Db;
  orders: { onChange(listener: (inForce: { clientsVersion: number }) => void): () => void };
  /** Préau's own pages, which are in no table. */
  own: readonly RelyingParty[];
  log: { warn(details: object, message: string): void };
}

// Made-up ids shall not become questions to the database without end: those of a moment share one.
const MISSES_SHARE_MILLISECONDS = 100;

export function createRegistry({ db, orders, own, log }: RegistryDependencies): Registry {
  let version = -1;
  let parties = new Map<string, RelyingParty>();
  let read: Selected['read'] = new Map();
  let origins = new Set<string>();
  let loading: Promise<void> | undefined;
  let lookedAt = Number.NEGATIVE_INFINITY;
  let looking: Promise<void> | undefined;
  let stopListening = () => {};

  async function loadOnce(): Promise<void> {
    // Who did not change stays the same object: the keys that were fetched for it are remembered under it.
    const loaded = await selectRelyingParties(db, read);
    // Two answers may cross: the newer one counts.
    if (loaded.version < version) return;
    ({ version, read } = loaded);
    if (loaded.unreadable.length > 0)
      log.warn(
        { clients: loaded.unreadable },
        'relying parties: left out, their registration cannot be read',
      );
    const inService = loaded.parties.filter(isInService);
    parties = new Map([...inService, ...own].map((party) => [party.clientId, party]));
    origins = new Set(inService.flatMap(originsOf));
  }

  function load(): Promise<void> {
    loading ??= loadOnce().finally(() => {
      loading = undefined;
    });
    return loading;
  }

  async function upTo(wanted: number): Promise<void> {
    if (version < wanted) await load();
    // What was already under way may have been asked too early.
    if (version < wanted) await load();
  }

  async function catchUp(): Promise<void> {
    await upTo(await selectClientsVersion(db));
  }

  /** Asked after the miss, whoever shares it: what was registered before it is found. */
  function look(): Promise<void> {
    looking ??= (async () => {
      await pause(Math.max(0, lookedAt + MISSES_SHARE_MILLISECONDS - performance.now()));
      looking = undefined;
      lookedAt = performance.now();
      await catchUp();
    })();
    return looking;
  }

  function hear({ clientsVersion }: { clientsVersion: number }): void {
    // Lower than what is known: PostgreSQL failed over, or was restored, and lost it. It may come to the same number again.
    if (clientsVersion < version) version = -1;
    upTo(clientsVersion).catch((error) => log.warn({ err: error }, 'relying parties: not read'));
  }

  return {
    async start() {
      await load();
      stopListening = orders.onChange(hear);
    },
    stop: () => stopListening(),
    async find(clientId) {
      const known = parties.get(clientId);
      if (known) return known;
      await look();
      return parties.get(clientId);
    },
    known: (clientId) => parties.get(clientId),
    async hasOrigin(origin) {
      if (!origins.has(origin)) await look();
      return origins.has(origin);
    },
    all: () => [...parties.values()].filter((party) => !own.includes(party)),
    upTo,
    catchUp,
  };
}

function originsOf({ metadata }: RelyingParty): string[] {
  return metadata.redirect_uris.flatMap((uri) => URL.parse(uri)?.origin ?? []);
}
