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
  /** Seconds since 1970: of the last sign-in, and of the first. */
  at: number;
  since?: number | undefined;
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
    since: z.number().optional(),
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
  const former = devices.find((device) => device.mark === mark);
  const token = former?.token ?? randomToken(16);
  const { epoch, generation } = signIn;
  const at = Math.floor(signIn.at.getTime() / 1000);
  const renewed = { mark, token, epoch, generation, at, since: former ? (former.since ?? former.at) : at };
  return [renewed, ...devices.filter((device) => device.mark !== mark)].slice(0, MOST_ACCOUNTS);
}

const NEW_SECONDS = 86_400;

/** For a day after the first sign-in there, and wherever the device is not remembered. */
export function isNewDevice(device: KnownDevice | undefined, at: Date): boolean {
  const since = device?.since ?? device?.at;
  return since === undefined || at.getTime() / 1000 - since < NEW_SECONDS;
}

function markOf(digests: Digests, personId: string): string {
  return digests.of('device', `account ${personId}`).subarray(0, 12).toString('base64url');
}
