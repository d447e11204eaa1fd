import type { OrdersInForce } from '../orders/order.ts';
import type { Device } from '../sessions/limits.ts';
import type { StandingPerson } from '../sessions/standing.ts';

/** Who is signed in on one of our own pages, as judged for this request. */
export interface SignedIn {
  person: StandingPerson;
  /** A standing order over them: the session stays, the page does not open. */
  isFrozen: boolean;
  uidDigest: Buffer;
  device: Device;
  acr: string | undefined;
  amr: string[];
  /** When they last gave their credentials. Seconds since 1970. */
  authTime: number;
  /** Of the session. */
  absoluteEnd: Date;
  inForce: OrdersInForce;
}

const FRESH_SECONDS = 600;

/** ASVS 7.5.1: changing how one signs in needs the credentials again, all of them. */
export function isFresh({ authTime }: Pick<SignedIn, 'authTime'>, at: Date): boolean {
  return at.getTime() / 1000 - authTime <= FRESH_SECONDS;
}
