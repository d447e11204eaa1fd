import pg from 'pg';

/** Statements sent to PostgreSQL by this process; the poll of the orders is not the request's. */
export function countStatements(): { stop(): number } {
  let statements = 0;
  const { query } = pg.Client.prototype;
  pg.Client.prototype.query = function counted(this: pg.Client, ...given: unknown[]) {
    const [first] = given;
    const text = typeof first === 'string' ? first : String((first as { text?: string } | undefined)?.text);
    if (!text.includes('clientsVersion')) statements += 1;
    return Reflect.apply(query, this, given);
  } as typeof query;
  return {
    stop: () => {
      pg.Client.prototype.query = query;
      return statements;
    },
  };
}
