import { availableParallelism } from 'node:os';
import { needsRehash as isOtherCost } from 'argon2';
import { HashingWorkers } from './hashing-workers.ts';
import { ARGON2_COST } from './password-worker-protocol.ts';

/** Where an account has no password, this is verified instead: the hash of 32 random bytes nobody kept. */
export const DUMMY_HASH =
  '$argon2id$v=19$m=19456,p=1,t=2$eE+TSIjLyK6apZRnQSn7sA$fkt1o3ECazZbdO+qZQiSioSgRQpFClIJtJjroCgadhU';

const MOST_BYTES = 1024 * 1024;

export interface PasswordHasher {
  /** Throws Unavailable where more than the longest queue waits; RangeError past 1 MiB, which the rules refuse first. */
  hash(password: string): Promise<string>;
  /** One job whether there is a hash or not: undefined, and every account without a password, answers false. */
  verify(hash: string | undefined, password: string): Promise<boolean>;
  /** How many hash jobs ran: the same for every state of an account, which tests compare. */
  jobs(): number;
  processes(): number[];
  close(): Promise<void>;
}

export function createPasswordHasher(
  options: { workers?: number; maxQueueSeconds?: number } = {},
): PasswordHasher {
  const workers = new HashingWorkers({
    count: options.workers ?? availableParallelism(),
    maxQueueSeconds: options.maxQueueSeconds ?? 2,
  });
  return {
    async hash(password) {
      if (isTooBig(password)) throw new RangeError('a password of more than 1 MiB');
      return String(await workers.run({ kind: 'hash', password: normalise(password) }));
    },
    async verify(hash, password) {
      if (isTooBig(password)) return false;
      const work = { kind: 'verify', hash: hash ?? DUMMY_HASH, password: normalise(password) } as const;
      const isMatch = (await workers.run(work)) === true;
      return isMatch && hash !== undefined;
    },
    jobs: () => workers.jobs,
    processes: () => workers.processes,
    close: () => workers.close(),
  };
}

/** Made at another cost than today's: hash anew at the next sign-in. */
export function needsRehash(hash: string): boolean {
  return !hash.startsWith('$argon2id$') || isOtherCost(hash, ARGON2_COST);
}

/** NIST SP 800-63B-4 §3.1.1.2: one form of each character, whatever keyboard typed it. */
function normalise(password: string): string {
  return password.normalize('NFC');
}

function isTooBig(password: string): boolean {
  return Buffer.byteLength(password) > MOST_BYTES;
}
