import type { Context } from 'koa';
import type { Settings } from '../config.ts';
import type { Digests } from '../crypto/digests.ts';
import { edgeOf } from '../http/request.ts';
import type { SignIn } from './interaction.ts';
import {
  DEVICE_COOKIE,
  type KnownDevice,
  readDevices,
  rememberDevice,
  writeDevices,
} from './known-devices.ts';

export function devicesOf(ctx: Context): KnownDevice[] {
  return readDevices(edgeOf(ctx).cookies.get(ctx, DEVICE_COOKIE));
}

/** Also after a change of password, which voids what the device knew. */
export function keepDevice(
  from: { digests: Digests; lifetimes: Pick<Settings['lifetimes'], 'knownDeviceSeconds'>; now: () => Date },
  ctx: Context,
  { personId, judgedAt }: Pick<SignIn, 'personId' | 'judgedAt'>,
): void {
  const { epoch, generation } = judgedAt;
  const signIn = { digests: from.digests, personId, epoch, generation, at: from.now() };
  const value = writeDevices(rememberDevice(devicesOf(ctx), signIn));
  edgeOf(ctx).cookies.set(ctx, { base: DEVICE_COOKIE, value, maxAge: from.lifetimes.knownDeviceSeconds });
}
