import type { ParseArgsOptionDescriptor } from 'node:util';
import type { Actor } from '../audit/actor.ts';
import type { Config } from '../config.ts';
import type { Parts } from '../parts.ts';

/** One command of `npx preau`: `name` is noun and verb, as typed. */
export interface Command {
  name: string;
  /** One line for the list. */
  summary: string;
  /** What stands after the name: `FILES…`, `ID`. */
  operands?: string;
  options?: Record<string, Option>;
  /** An act of power takes --by and --reason; in demo mode they default to the OS user and `demo`. */
  isActOfPower?: boolean;
  run(context: Context, input: Input): Promise<Result>;
}

export interface Option extends ParseArgsOptionDescriptor {
  /** For --help: what it does, in a few words. */
  help: string;
  /** The name of its value in --help. */
  value?: string;
}

export interface Input {
  operands: string[];
  /** A given option's value; undefined where it was not given. */
  text(name: string): string | undefined;
  texts(name: string): string[];
  flag(name: string): boolean;
  /** The option's value; a missing one is wrong usage (exit 2). */
  required(name: string): string;
}

export interface Context {
  config: Config;
  /** Opens the stores and builds the parts, once, when first asked: `--help` and `roster generate` need none. */
  parts(): Promise<Parts>;
  by: Actor;
  reason: string | undefined;
  now(): Date;
  /** A bar on stderr for what takes more than a second; silent with --json or without a terminal. */
  progress(done: number, total: number, label: string): void;
  /** People's output; silent with --json. */
  say(line: string): void;
}

/** `json` is printed with --json, `lines` without. `refused` ends with exit 1. */
export type Result =
  | { outcome: 'done'; json: unknown; lines: string[] }
  | { outcome: 'refused'; message: string; json?: unknown };

/** Thrown for wrong usage: the message and a pointer to --help, exit 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}
