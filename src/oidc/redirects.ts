/** As the engine's helpers/redirect_uri.js: what the address already has stays. */
export function redirectWithState(address: string, state: string | undefined): string {
  const url = new URL(address);
  if (state !== undefined) url.searchParams.set('state', state);
  return url.href;
}
