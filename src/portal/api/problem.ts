import type { Context } from 'koa';

/** RFC 9457: what went wrong, for a program and for whoever reads its log. */
export function problem(ctx: Context, status: number, title: string, problems?: readonly string[]): void {
  ctx.status = status;
  ctx.type = 'application/problem+json';
  ctx.body = JSON.stringify({ type: 'about:blank', title, status, ...(problems && { problems }) });
}
