import type { KoaContextWithOIDC } from 'oidc-provider';
import type { Settings } from '../config.ts';
import type { RequestStates } from './request-state.ts';

type Lifetimes = Settings['lifetimes'];

/** A grant outlives the last refresh token that a session of it may still get. */
export function grantSecondsOf(lifetimes: Lifetimes): number {
  return lifetimes.refreshTokenSeconds + longestSessionSeconds(lifetimes);
}

export function longestSessionSeconds({ sessions }: Lifetimes): number {
  return Math.max(...Object.values(sessions).map(({ absoluteSeconds }) => absoluteSeconds));
}

/** Every one of the engine's, in seconds. */
export function timesToLive(lifetimes: Lifetimes, from: { states: RequestStates; now: () => Date }) {
  const { refreshTokenSeconds, interactionSeconds } = lifetimes;
  const secondsNow = () => from.now().getTime() / 1000;
  return {
    AccessToken: lifetimes.accessTokenSeconds,
    AuthorizationCode: lifetimes.authorizationCodeSeconds,
    Grant: grantSecondsOf(lifetimes),
    IdToken: lifetimes.idTokenSeconds,
    Interaction: interactionSeconds,
    // Absolute: a rotation gets what is left of its family's time.
    RefreshToken: (_: KoaContextWithOIDC, token: { iiat?: number | undefined }) =>
      atLeastOne((token.iiat ?? secondsNow()) + refreshTokenSeconds - secondsNow()),
    // Idle time, cut by the absolute end; nobody's session lives as long as an interaction.
    Session: () => {
      const state = from.states();
      const session = state.begun ?? state.answer?.standing.session;
      if (!session) return interactionSeconds;
      return atLeastOne(Math.min(session.idleSeconds, session.absoluteEnd.getTime() / 1000 - secondsNow()));
    },
  };
}

function atLeastOne(seconds: number): number {
  return Math.max(1, Math.floor(seconds));
}
