import { isSandbox } from '../relying-parties/contracts/contract.ts';
import type { Registry } from '../relying-parties/registry.ts';

export interface InteractionUrlDependencies {
  readonly registry: Pick<Registry, 'known'>;
  /** In the sandbox a persona is picked; else everybody signs in. */
  readonly picksPersonas: boolean;
}

interface Asked {
  readonly uid: string;
  readonly prompt: { readonly name: string; readonly reasons: readonly string[] };
  readonly params: Readonly<Record<string, unknown>>;
}

/** The page of a step. Under it alone the engine's cookie of the interaction is sent. */
export function interactionUrl(
  { registry, picksPersonas }: InteractionUrlDependencies,
  { uid, prompt, params }: Asked,
): string {
  const isInSandbox = picksPersonas && isSandbox(registry.known(String(params.client_id))?.contract);
  return pageOf(uid, prompt, isInSandbox);
}

/** The form by which somebody does not go on from a sign-in: that of its own page. */
export function cancelForm(
  from: InteractionUrlDependencies,
  asked: Asked,
): { action: string; field?: { name: string; value: string } } {
  const page = interactionUrl(from, asked);
  if (page.endsWith('/persona')) return { action: page, field: { name: 'persona', value: 'none' } };
  return { action: `${page}/cancel` };
}

function pageOf(uid: string, { name, reasons }: Asked['prompt'], isInSandbox: boolean): string {
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
