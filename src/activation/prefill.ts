import { contextOf } from '../crypto/context.ts';
import { openBytes, sealBytes } from '../crypto/envelope.ts';
import { subkey } from '../http/cookies.ts';
import { type ActivationCode, formatActivationCode, parseActivationCode } from './activation-code.ts';

export const PREFILL_SECONDS = 600;

/** The code of a scanned letter on its way from the link to the form: sealed, in a cookie, for ten minutes. */
export interface Prefill {
  seal(code: ActivationCode, at: Date): string;
  /** Undefined for what is too old, altered or not ours. */
  open(value: string | undefined, at: Date): string | undefined;
}

export function createPrefill(cookieKey: Buffer): Prefill {
  const key = subkey(cookieKey, 'activation-prefill');
  const context = contextOf('preau/activation-prefill');
  return {
    seal: (code, at) => {
      const until = at.getTime() + PREFILL_SECONDS * 1000;
      return sealBytes(key, context, Buffer.from(JSON.stringify({ code, until }))).toString('base64url');
    },
    open: (value, at) => {
      const content = value === undefined ? undefined : unseal(value);
      if (!content || content.until <= at.getTime()) return undefined;
      const code = parseActivationCode(content.code);
      return code && formatActivationCode(code);
    },
  };

  function unseal(value: string): { code: string; until: number } | undefined {
    try {
      const opened = openBytes(key, context, Buffer.from(value, 'base64url'), 'a prefilled code');
      return JSON.parse(opened.toString('utf8')) as { code: string; until: number };
    } catch {
      return undefined;
    }
  }
}
