import { setInterval } from 'node:timers';
import type { Asked, Opened, OpenWindowOperation } from './open-window.ts';

const RENEW_MILLISECONDS = 10 * 60_000;
const MINUTES = 20;

export interface KeptOpen {
  first: Extract<Opened, { outcome: 'opened' }>;
  stop(): void;
}

export type KeepWindowOpen = (
  asked: Omit<Asked, 'minutes'> & { word: string },
  onFailure: (error: unknown) => void,
) => Promise<KeptOpen | Exclude<Opened, { outcome: 'opened' }>>;

/**
 * The demo's class can be joined as long as the demo runs: a new window with the same word before the former ends.
 * No window lives longer than any other, and none is left open when the demo stops. `word` is refused elsewhere.
 */
export function createKeepWindowOpen(openWindow: OpenWindowOperation): KeepWindowOpen {
  return async (asked, onFailure) => {
    const open = () => openWindow({ ...asked, minutes: MINUTES });
    const first = await open();
    if (first.outcome !== 'opened') return first;
    const timer = setInterval(() => void open().catch(onFailure), RENEW_MILLISECONDS);
    timer.unref();
    return { first, stop: () => clearInterval(timer) };
  };
}
