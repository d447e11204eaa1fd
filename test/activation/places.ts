import { readdirSync, readFileSync } from 'node:fs';
import { basename, join, sep } from 'node:path';
import { type ActivationCode, parseActivationCode } from '../../src/activation/activation-code.ts';
import type { StartedServers } from '../support/servers.ts';
import { asSuperuser } from '../support/stores.ts';

/** Every row of every table, as text. */
export async function tablesOf(database: string, { postgres }: StartedServers): Promise<string> {
  const tables = await asSuperuser(
    `select format('%I.%I', schemaname, tablename) as name from pg_tables
     where schemaname not in ('pg_catalog', 'information_schema')`,
    database,
    postgres,
  );
  const texts: string[] = [];
  for (const { name } of tables.rows as { name: string }[]) {
    const { rows } = await asSuperuser(`select t::text as line from ${name} t`, database, postgres);
    texts.push(...(rows as { line: string }[]).map(({ line }) => line));
  }
  return texts.join('\n');
}

/** Where PostgreSQL writes ahead at this moment. */
export async function walFile({ postgres }: StartedServers): Promise<string> {
  const now = 'select pg_walfile_name(pg_current_wal_insert_lsn()) as name';
  const { rows } = await asSuperuser(now, 'postgres', postgres);
  return rows[0]?.name as string;
}

/**
 * Of PostgreSQL and Redis as Préau starts them by itself, what a stolen disk holds: the write-ahead log since this file
 * of it, temporary files, settings, logs, what Redis wrote down, and the tables' own files with the rows that are no
 * longer in them. Left out: the files of the databases that nobody used.
 */
export async function dataFolder(
  database: string,
  since: string,
  servers: StartedServers,
): Promise<string[]> {
  const { postgres, folder } = servers;
  await asSuperuser('checkpoint', 'postgres', postgres);
  const until = await walFile(servers);
  const oidOf = `select oid::text from pg_database where datname = '${database}'`;
  const { oid } = (await asSuperuser(oidOf, 'postgres', postgres)).rows[0] as { oid: string };
  const others = new RegExp(`\\${sep}base\\${sep}(?!${oid}\\${sep}|pgsql_tmp)`);
  return filesIn(folder).filter((path) => {
    if (others.test(path)) return false;
    const name = basename(path);
    return !/^[0-9A-F]{24}$/.test(name) || (since <= name && name <= until);
  });
}

export function filesIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name));
}

/** A file that ended meanwhile held nothing for long. */
export function textOf(file: string): string {
  try {
    return readFileSync(file, 'latin1');
  } catch {
    return '';
  }
}

/** The text, and what its hexadecimal and base64 runs say. */
export function readingsOf(text: string): string[] {
  const hex = text.match(/[0-9a-f]{32,}/g) ?? [];
  const base64 = text.match(/[A-Za-z0-9+/_-]{22,}={0,2}/g) ?? [];
  return [
    text,
    ...hex.map((run) => Buffer.from(run, 'hex').toString('latin1')),
    ...base64.map((run) => Buffer.from(run, 'base64').toString('latin1')),
  ];
}

/** Every sixteen characters in a row that somebody could type as a code, spaces and dashes left out. */
export function codesIn(text: string): ActivationCode[] {
  const runs = text.match(/[0-9A-Za-z](?:[ -]?[0-9A-Za-z]){15,}/g) ?? [];
  return runs.flatMap((run) => {
    const bare = run.replace(/[ -]/g, '');
    return Array.from(
      { length: bare.length - 15 },
      (_, at) => parseActivationCode(bare.slice(at, at + 16)) ?? [],
    ).flat();
  });
}

/** Every word of so many characters that somebody could type as a half, or as what a screen shows for a desk. */
export function wordsIn(text: string, shape: '4 4' | '6'): string[] {
  const found =
    shape === '6'
      ? text.matchAll(/(?<![0-9A-Za-z])[0-9A-HJKMNP-TV-Za-hjkmnp-tv-z]{6}(?![0-9A-Za-z])/g)
      : text.matchAll(
          /(?<![0-9A-Za-z])[0-9A-HJKMNP-TV-Za-hjkmnp-tv-z]{4}[ -]?[0-9A-HJKMNP-TV-Za-hjkmnp-tv-z]{4}(?![0-9A-Za-z])/g,
        );
  return [...new Set([...found].map(([word]) => word.replace(/[ -]/g, '').toUpperCase()))];
}
