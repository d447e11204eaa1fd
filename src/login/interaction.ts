import type { Context } from 'koa';
import type { Acr } from '../accounts/claim-acr.ts';
import type { Device, SessionLimits } from '../sessions/limits.ts';

/** What sign-in knows of the engine's interaction; oidc/ gives it. */
export interface Interactions {
  /** Undefined: it has expired, was finished, or belongs to another browser. Nothing is set then. */
  interactionOf(ctx: Context): Promise<SignInRequest | undefined>;
  /** Keeps the half-finished sign-in with the interaction on the server; undefined forgets it. */
  keepFirstFactor(ctx: Context, firstFactor: FirstFactor | undefined): Promise<void>;
  /** Answers with the redirect that goes on from here. */
  finishInteraction(ctx: Context, result: SignInResult): Promise<void>;
}

export interface SignInRequest {
  uid: string;
  prompt: { name: string; reasons: readonly string[] };
  /** The application that asked; undefined for Préau's own pages. */
  application: string | undefined;
  about: About;
  /** Checked against the registration. */
  redirectUri: string;
  uiLocales: string | undefined;
  loginHint: string | undefined;
  firstFactor: FirstFactor | undefined;
  /** The personId of whose session is alive in this browser, on a device that they called shared. */
  sharedWith: string | undefined;
}

/** What its registration says of an application, for whoever signs in to read (OpenID Connect Registration §2). */
export interface About {
  /** An address of our own. */
  logo?: string | undefined;
  policy?: string | undefined;
  terms?: string | undefined;
}

/** A right password whose owner also has a second factor. Never leaves the server; dies with the interaction. */
export interface FirstFactor {
  /** Of the interaction it was given in. */
  uid: string;
  person: number;
  epoch: number;
  generation: number;
  device: Device;
  /** Milliseconds since 1970. */
  at: number;
}

export type SignInResult = { outcome: 'signed-in'; signIn: SignIn } | { outcome: 'cancelled' };

/** Somebody let in. The session is started under what this was judged under: `startSession` fails if that moved. */
export interface SignIn {
  person: number;
  /** The engine's accountId. */
  personId: string;
  acr: Acr;
  amr: string[];
  limits: SessionLimits;
  judgedAt: { version: number; generation: number; epoch: number };
}

export type { Acr };
