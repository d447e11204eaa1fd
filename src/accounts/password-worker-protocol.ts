/** OWASP's argon2id: 19 MiB, two passes, one lane. `needsRehash` follows a change of it. */
export const ARGON2_COST = { memoryCost: 19456, timeCost: 2, parallelism: 1 } as const;

export type HashingWork =
  | { kind: 'hash'; password: string }
  | { kind: 'verify'; hash: string; password: string };
export type HashingJob = HashingWork & { id: number };
export type HashingAnswer = { id: number; milliseconds: number } & (
  | { value: string | boolean }
  | { error: string }
);
