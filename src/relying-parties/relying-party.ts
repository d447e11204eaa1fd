import { type Contract, isUsable } from './contracts/contract.ts';
import type { Metadata } from './metadata.ts';

/** A registered relying party as every process holds it in memory. */
export interface RelyingParty {
  readonly clientId: string;
  readonly publisher: Publisher;
  readonly metadata: Metadata;
  /** HMACs; several while one is replaced by the next. */
  readonly secrets: readonly { digest: Buffer; expiresAt: Date | undefined }[];
  readonly contract: Contract | undefined;
  readonly createdAt: Date;
  readonly suspendedAt?: Date | undefined;
}

export interface Publisher {
  readonly id: string;
  readonly name: string;
}

/** Anything but these is as good as not registered: the engine never hears of it. */
export function isInService({ contract, suspendedAt }: RelyingParty): boolean {
  return !suspendedAt && isUsable(contract);
}
