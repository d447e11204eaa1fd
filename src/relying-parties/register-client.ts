import { z } from 'zod';
import type { Actor } from '../audit/actor.ts';
import { record } from '../audit/record.ts';
import type { Digests } from '../crypto/digests.ts';
import type { Db, Tx } from '../storage/postgres.ts';
import { clientSecretDigest, generateClientId, generateClientSecret } from './client-secret.ts';
import { approverOf } from './contracts/approve.ts';
import { insertApproval, insertVersion } from './contracts/store.ts';
import { type Terms, termsOfScopes } from './contracts/terms.ts';
import {
  credentialsSchema,
  implicitMetadataSchema,
  type Metadata,
  metadataSchema,
  usesSecret,
} from './metadata.ts';
import { findOrAddPublisher } from './publisher.ts';
import { holdAndCount, insertClient, insertSecret } from './store.ts';
import { holdInitialToken, saveRegistrationToken } from './tokens/store.ts';

export interface Registration {
  /** RFC 7591 §2, as typed; a `client_id` and a `client_secret` are kept where given. */
  readonly metadata: unknown;
  /** A publisher's name or id; without it the client gets a publisher of its own. */
  readonly publisher?: string | undefined;
  /** Of its first contract; without them, all that its scopes stand for. */
  readonly terms?: Terms | undefined;
  /** `approved`: by whoever registers it, who answers for it alone. */
  readonly landing?: 'sandbox' | 'approved' | undefined;
  /** The digest of the token that manages it over the network (RFC 7592). */
  readonly managedWith?: Buffer | undefined;
  /** The id of the initial access token it is registered under, which must still be in force. */
  readonly under?: string | undefined;
  readonly reason?: string | undefined;
}

/** RFC 7591 §3.2.1; the secret is shown here and never again. */
export type Registered = Metadata & {
  client_id: string;
  client_secret?: string;
  /** 0: never. */
  client_secret_expires_at?: number;
  publisher: string;
};

export type RegistrationResult =
  | { outcome: 'registered'; client: Registered }
  | { outcome: 'invalid'; problems: string[] }
  | { outcome: 'taken'; clientId: string }
  /** Every process holds them all in memory: a program does not register without end. */
  | { outcome: 'too-many' }
  /** The initial access token was revoked, or its time was over, after it was shown. */
  | { outcome: 'token-ended' };

export interface Dependencies {
  db: Db;
  digests: Digests;
  now: () => Date;
  /** The conformance profile alone. */
  speaksImplicit?: boolean;
}

/** Client, secret, contract and audit line in one transaction. It lands in the sandbox unless somebody says other. */
export function createRegisterClient(from: Dependencies) {
  return async (by: Actor, registration: Registration): Promise<RegistrationResult> => {
    const schema = from.speaksImplicit ? implicitMetadataSchema : metadataSchema;
    const read = z.intersection(credentialsSchema, schema).safeParse(registration.metadata);
    if (!read.success) return { outcome: 'invalid', problems: read.error.issues.map(describe) };
    const { client_id, client_secret, ...metadata } = read.data;
    const clientId = client_id ?? generateClientId();
    const secret = usesSecret(metadata) ? (client_secret ?? generateClientSecret()) : undefined;
    const client = { clientId, secret, metadata };
    const inserted = await from.db
      .transaction()
      .execute((tx) => insertAll(tx, { from, by, client, registration }));
    if (inserted.outcome === 'taken') return { outcome: 'taken', clientId };
    if (inserted.outcome === 'too-many' || inserted.outcome === 'token-ended') return inserted;
    if (inserted.outcome === 'other-publisher')
      return { outcome: 'invalid', problems: [`publisher: ${inserted.id} is the id of another one`] };
    const credentials = secret && { client_secret: secret, client_secret_expires_at: 0 };
    const shown = { client_id: clientId, ...credentials, publisher: inserted.publisher };
    return { outcome: 'registered', client: { ...shown, ...metadata } };
  };
}

interface Insertion {
  from: Dependencies;
  by: Actor;
  client: { clientId: string; secret: string | undefined; metadata: Metadata };
  registration: Registration;
}

type Inserted =
  | { outcome: 'inserted'; publisher: string }
  | { outcome: 'taken' }
  | { outcome: 'other-publisher'; id: string }
  | { outcome: 'too-many' }
  | { outcome: 'token-ended' };

/** Of one publisher, by its own programs; an operator registers as many as there are. */
const MOST_CLIENTS = 500;

async function insertAll(tx: Tx, insertion: Insertion): Promise<Inserted> {
  const { from, by, client, registration } = insertion;
  const { clientId, secret, metadata } = client;
  const { reason, under } = registration;
  if (under !== undefined && !(await holdInitialToken(tx, under, from.now())))
    return { outcome: 'token-ended' };
  const found = await findOrAddPublisher(tx, registration.publisher, metadata.client_name);
  if (found.outcome === 'other-publisher') return found;
  const publisher = found.publisher.id;
  if (by.kind === 'system' && (await holdAndCount(tx, publisher)) >= MOST_CLIENTS)
    return { outcome: 'too-many' };
  if (!(await insertClient(tx, { clientId, publisher, metadata }))) return { outcome: 'taken' };
  if (secret)
    await insertSecret(tx, { clientId, digest: clientSecretDigest(from.digests, clientId, secret) });
  const details = { clientId, publisher, scope: metadata.scope, ...(under && { initialToken: under }) };
  await record(tx, by, { name: 'client.registered', details, ...(reason && { reason }) }, from.now());
  await insertFirstContract(tx, insertion);
  const { managedWith: digest } = registration;
  if (digest) await saveRegistrationToken(tx, { clientId, digest, at: from.now() });
  return { outcome: 'inserted', publisher };
}

async function insertFirstContract(tx: Tx, { from, by, client, registration }: Insertion): Promise<void> {
  const { terms = termsOfScopes(client.metadata.scope), landing: state = 'sandbox', reason } = registration;
  const at = from.now();
  const of = { clientId: client.clientId, version: 1 };
  await insertVersion(tx, { ...of, state, terms, at });
  if (state === 'sandbox') return;
  await insertApproval(tx, { ...of, approver: approverOf(by, 'names'), by, at });
  await record(tx, by, { name: 'contract.approved', details: of, ...(reason && { reason }) }, at);
}

export function describe({ path, message }: z.core.$ZodIssue): string {
  return path.length > 0 ? `${path.join('.')}: ${message}` : message;
}
