import { createHmac } from 'node:crypto';
import { keyObjectOf } from '../crypto/key-objects.ts';
import { Memory } from '../crypto/memory.ts';
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

/** The row of `disclosure_contexts` but its number; bytes are hexadecimal. */
export interface ContextRow {
  readonly digest: string;
  readonly session_digest: string | null;
  readonly grant_digest: string | null;
  readonly recipient: DisclosureContext['recipient'];
  readonly client_id: string | null;
  readonly publisher: string | null;
  readonly contract_version: number | null;
  readonly right_id: string | null;
  readonly reader: number | null;
  readonly address: string | null;
  readonly details: string;
}

export type ContextRows = (context: DisclosureContext) => ContextRow;

/**
 * Equal contexts have equal digests and are one row. Keyed: whoever writes to the database cannot forge one. What leaves
 * in one visit has the same: it is digested once.
 */
export function createContextRows(ledgerKey: Buffer): ContextRows {
  const digests = new Memory<string>();
  const digestOf = (text: string) =>
    createHmac('sha256', keyObjectOf(ledgerKey)).update(`preau/disclosure-context/1 ${text}`).digest('hex');
  return (context) => {
    const columns = columnsOf(context);
    const text = JSON.stringify(Object.values(columns));
    return { digest: digests.recall(text, () => digestOf(text)), ...columns };
  };
}

function columnsOf(context: DisclosureContext): Omit<ContextRow, 'digest'> {
  const toRelyingParty = context.recipient === 'relying-party' ? context : undefined;
  const toStaff = context.recipient === 'staff' ? context : undefined;
  const toPerson = context.recipient === 'holder' ? context : toStaff;
  return {
    session_digest: context.sessionDigest?.toString('hex') ?? null,
    grant_digest: context.grantDigest?.toString('hex') ?? null,
    recipient: context.recipient,
    client_id: toRelyingParty?.clientId ?? null,
    publisher: toRelyingParty?.publisher ?? null,
    contract_version: toRelyingParty?.contractVersion ?? null,
    right_id: toStaff?.rightId ?? null,
    reader: toPerson?.reader ?? null,
    address: context.address === undefined ? null : truncateAddress(context.address),
    details: detailsOf(context),
  };
}

function detailsOf({ details }: DisclosureContext): string {
  return details ? JSON.stringify(Object.fromEntries(Object.entries(details).sort(byName))) : '{}';
}

function byName([one]: [string, unknown], [other]: [string, unknown]): number {
  return one < other ? -1 : 1;
}
