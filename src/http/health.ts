import Router from '@koa/router';
import { sql } from 'kysely';
import type { Db } from '../storage/postgres.ts';
import type { Redis } from '../storage/redis.ts';

const ANSWER_WITHIN = 2000;

/** Live: the process runs. Ready: both stores answered just now, so that a load balancer may send people here. */
export function healthRoutes({
  db,
  redis,
  isStopping,
}: {
  db: Db;
  redis: Redis;
  isStopping: () => boolean;
}): Router {
  const router = new Router();
  router.get('/health/live', (ctx) => {
    ctx.body = { live: true };
  });
  router.get('/health/ready', async (ctx) => {
    const [postgresql, redisAnswers] = await Promise.all([
      answers(() => sql`select 1`.execute(db)),
      answers(() => redis.ping()),
    ]);
    const ready = postgresql && redisAnswers && !isStopping();
    ctx.status = ready ? 200 : 503;
    if (!ready) ctx.set('Retry-After', '2');
    ctx.body = { ready, postgresql, redis: redisAnswers };
  });
  return router;
}

async function answers(ask: () => Promise<unknown>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const tooLate = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), ANSWER_WITHIN);
  });
  const answer = ask().then(
    () => true,
    () => false,
  );
  return Promise.race([answer, tooLate]).finally(() => clearTimeout(timer));
}
