import { contextOf } from '../../crypto/context.ts';
import { openBytes, sealBytes } from '../../crypto/envelope.ts';
import { subkey } from '../../http/cookies.ts';

/** The word stands in the browser of the one who opened the window, and nowhere else: the database has its digest. */
export const BOARD_COOKIE = 'board';

export interface BoardWord {
  seal(given: { window: string; word: string; until: Date }): string;
  /** Undefined for another window's, one that has ended, or none. */
  open(cookie: string | undefined, asked: { window: string; at: Date }): string | undefined;
}

export function createBoardWord(cookieKey: Buffer): BoardWord {
  const key = subkey(cookieKey, 'board-word');
  const context = contextOf('preau/board-word');
  return {
    seal: ({ window, word, until }) => {
      const content = Buffer.from(JSON.stringify({ window, word, until: until.getTime() }));
      return sealBytes(key, context, content).toString('base64url');
    },
    open: (cookie, { window, at }) => {
      const content = cookie === undefined ? undefined : unseal(cookie);
      return content?.window === window && at.getTime() < content.until ? content.word : undefined;
    },
  };

  function unseal(cookie: string): { window: string; word: string; until: number } | undefined {
    try {
      const opened = openBytes(key, context, Buffer.from(cookie, 'base64url'), 'the word on the board');
      return JSON.parse(opened.toString('utf8')) as { window: string; word: string; until: number };
    } catch {
      return undefined;
    }
  }
}
