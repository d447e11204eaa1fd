/** The page of a step. Under it alone the engine's cookie of the interaction is sent. */
export function interactionUrl(
  uid: string,
  { name, reasons }: { name: string; reasons: readonly string[] },
  isInSandbox: boolean,
): string {
  const page = PAGES[name];
  if (page) return `/interaction/${uid}/${page}`;
  const isToPick = isInSandbox && !reasons.includes('frozen');
  return isToPick ? `/interaction/${uid}/persona` : `/interaction/${uid}`;
}

const PAGES: Readonly<Record<string, string>> = {
  consent: 'continue',
  information: 'information',
  not_open: 'not-open',
};
