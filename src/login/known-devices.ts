import { z } from 'zod';
import type { Digests } from '../crypto/digests.ts';
import { randomToken } from '../crypto/tokens.ts';

/** A device that signed in to an account before. It opens nothing: it only has attempts of its own. */
export interface KnownDevice {
  /** Which account: a digest, so that the cookie names nobody. */
  mark: string;
  token: string;
  epoch: number;
  generation: number;
  /** Seconds since 1970. */
  at: number;
}

/** The base name of the signed cookie. */
export const DEVICE_COOKIE = 'devices';
/** A family's computer; beyond that the oldest is forgotten. */
const MOST_ACCOUNTS = 8;

const schema = z.array(
  z.object({
    mark: z.string().max(50),
    token: z.string().max(50),
    epoch: z.number(),
    generation: z.number(),
    at: z.number(),
  }),
);

/** What the cookie says, once its signature was checked. */
export function readDevices(cookie: string | undefined): KnownDevice[] {
  if (!cookie) return [];
  try {
    const parsed = schema.safeParse(JSON.parse(Buffer.from(cookie, 'base64url').toString('utf8')));
    return parsed.success ? parsed.data : [];
  } catch {
    return [];
  }
}

export function writeDevices(devices: readonly KnownDevice[]): string {
  return Buffer.from(JSON.stringify(devices)).toString('base64url');
}

export function findDevice(
  devices: readonly KnownDevice[],
  asked: { digests: Digests; personId: string; at: Date; lifetimeSeconds: number },
): KnownDevice | undefined {
  const mark = markOf(asked.digests, asked.personId);
  const oldest = asked.at.getTime() / 1000 - asked.lifetimeSeconds;
  return devices.find((device) => device.mark === mark && device.at > oldest);
}

/** The token stays where there is one: signing in again gives no fresh attempts. */
export function rememberDevice(
  devices: readonly KnownDevice[],
  signIn: { digests: Digests; personId: string; epoch: number; generation: number; at: Date },
): KnownDevice[] {
  const mark = markOf(signIn.digests, signIn.personId);
  const token = devices.find((device) => device.mark === mark)?.token ?? randomToken(16);
  const { epoch, generation } = signIn;
  const renewed = { mark, token, epoch, generation, at: Math.floor(signIn.at.getTime() / 1000) };
  return [renewed, ...devices.filter((device) => device.mark !== mark)].slice(0, MOST_ACCOUNTS);
}

function markOf(digests: Digests, personId: string): string {
  return digests.of('device', `account ${personId}`).subarray(0, 12).toString('base64url');
}
