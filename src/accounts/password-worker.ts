// A process of its own: argon2 works in libuv's pool, where signing and everything else of the server would wait.
import { argon2id, hash, verify } from 'argon2';
import { ARGON2_COST, type HashingAnswer, type HashingJob } from './password-worker-protocol.ts';

process.on('message', (job: HashingJob) => void answer(job));
process.on('disconnect', () => process.exit(0));
// A stop reaches the whole process group; jobs under way still finish. The end of the channel is our end.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined);

async function answer(job: HashingJob): Promise<void> {
  const began = performance.now();
  const result = await run(job);
  process.send?.({ id: job.id, ...result, milliseconds: performance.now() - began } satisfies HashingAnswer);
}

async function run(job: HashingJob): Promise<{ value: string | boolean } | { error: string }> {
  try {
    if (job.kind === 'verify') return { value: await verify(job.hash, job.password) };
    return { value: await hash(job.password, { type: argon2id, ...ARGON2_COST }) };
  } catch (error) {
    // The name alone: a message could quote what it was given.
    return { error: error instanceof Error ? error.name : 'unknown' };
  }
}
