const WIDTH = 30;
const QUIET_FOR = 1000;

export interface ProgressBar {
  show(done: number, total: number, label: string): void;
  clear(): void;
}

/** A bar on stderr, shown once the work has lasted a second. */
export function progressBar({ isSilent }: { isSilent: boolean }): ProgressBar {
  const since = Date.now();
  let isShown = false;
  return {
    show(done, total, label) {
      if (isSilent || Date.now() - since < QUIET_FOR) return;
      isShown = true;
      const share = total > 0 ? Math.min(done / total, 1) : 1;
      const filled = '█'.repeat(Math.round(share * WIDTH)).padEnd(WIDTH, '░');
      process.stderr.write(`\r\x1b[K${filled} ${Math.round(share * 100)} %  ${label}`);
    },
    clear() {
      if (isShown) process.stderr.write('\r\x1b[K');
      isShown = false;
    },
  };
}
