import Router from '@koa/router';
import { outboxPage } from '../../views/home/outbox.ts';
import type { Mode } from '../config.ts';
import type { Outbox } from '../messages/outbox.ts';
import { render } from './render.ts';

/** Mails and SMS of the demo, to be read by whoever plays it; in every other mode there is no such page. */
export function outboxRoutes(from: { mode: Mode; outbox: Pick<Outbox, 'list'>; issuer: string }): Router {
  const router = new Router();
  if (from.mode !== 'demo') return router;
  router.get('/demo/outbox', async (ctx) => {
    render(ctx, outboxPage, { messages: await from.outbox.list(), issuer: from.issuer });
  });
  return router;
}
