import { createHmac } from 'node:crypto';
import { keyObjectOf } from '../crypto/key-objects.ts';
import { truncateAddress } from '../http/client-address.ts';

/** To whom, under what, in which session, from where. */
export type DisclosureContext = Circumstances & Recipient;

interface Circumstances {
  readonly sessionDigest?: Buffer | undefined;
  readonly grantDigest?: Buffer | undefined;
  /** As the request has it; kept truncated. */
  readonly address?: string | undefined;
  /** Ids and numbers only: the batch printed, the search made. */
  readonly details?: Readonly<Record<string, string | number | boolean | null>> | undefined;
}

type Recipient =
  | { recipient: 'relying-party'; clientId: string; publisher: string; contractVersion?: number | undefined }
  | { recipient: 'staff'; reader: number; rightId?: string | undefined }
  | { recipient: 'holder'; reader: number }
  | { recipient: 'operator' };

/** The row of `disclosure_contexts` but its number. */
export interface ContextRow {
  readonly digest: Buffer;
  readonly session_digest: Buffer | null;
  readonly grant_digest: Buffer | null;
  readonly recipient: DisclosureContext['recipient'];
  readonly client_id: string | null;
  readonly publisher: string | null;
  readonly contract_version: number | null;
  readonly right_id: string | null;
  readonly reader: number | null;
  readonly address: string | null;
  readonly details: string;
}

/** Equal contexts have equal digests and are one row. Keyed: whoever writes to the database cannot forge one. */
export function contextRow(context: DisclosureContext, ledgerKey: Buffer): ContextRow {
  const toRelyingParty = context.recipient === 'relying-party' ? context : undefined;
  const toStaff = context.recipient === 'staff' ? context : undefined;
  const toPerson = context.recipient === 'holder' ? context : toStaff;
  const columns = {
    session_digest: context.sessionDigest ?? null,
    grant_digest: context.grantDigest ?? null,
    recipient: context.recipient,
    client_id: toRelyingParty?.clientId ?? null,
    publisher: toRelyingParty?.publisher ?? null,
    contract_version: toRelyingParty?.contractVersion ?? null,
    right_id: toStaff?.rightId ?? null,
    reader: toPerson?.reader ?? null,
    address: context.address === undefined ? null : truncateAddress(context.address),
    details: JSON.stringify(Object.fromEntries(Object.entries(context.details ?? {}).sort(byName))),
  };
  return { digest: digestOf(columns, ledgerKey), ...columns };
}

function digestOf(columns: Omit<ContextRow, 'digest'>, ledgerKey: Buffer): Buffer {
  const values = Object.values(columns).map((value) =>
    Buffer.isBuffer(value) ? value.toString('hex') : value,
  );
  return createHmac('sha256', keyObjectOf(ledgerKey))
    .update(`preau/disclosure-context/1 ${JSON.stringify(values)}`)
    .digest();
}

function byName([one]: [string, unknown], [other]: [string, unknown]): number {
  return one < other ? -1 : 1;
}
