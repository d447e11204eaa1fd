import type { Version } from '../../relying-parties/contracts/store.ts';
import { approvalsNeeded } from '../../relying-parties/contracts/terms.ts';
import type { RelyingParty } from '../../relying-parties/relying-party.ts';
import type { Trace } from '../../relying-parties/traces.ts';

/** A client as the API shows it; never a secret. */
export function clientShape(party: RelyingParty): object {
  const { clientId, publisher, metadata, contract, createdAt, suspendedAt, secrets } = party;
  return {
    client_id: clientId,
    publisher: publisher.id,
    metadata,
    contract: contract ? { version: contract.version, state: contract.state } : null,
    secrets_until: secrets.map(({ expiresAt }) => expiresAt?.toISOString() ?? null),
    created_at: createdAt.toISOString(),
    suspended_at: suspendedAt?.toISOString() ?? null,
  };
}

export function versionShape(version: Version): object {
  const { version: number, state, terms, approvals } = version;
  return {
    ...{ version: number, state, terms, approvals, approvals_needed: approvalsNeeded(terms) },
    created_at: version.createdAt.toISOString(),
    requested_at: version.requestedAt?.toISOString() ?? null,
    approved_at: version.approvedAt?.toISOString() ?? null,
    ended_at: version.endedAt?.toISOString() ?? null,
  };
}

export function traceShape({ number, at, clientId, endpoint, error, detail }: Trace): object {
  return {
    ...{ number, at: at.toISOString(), client_id: clientId, endpoint, error },
    detail: detail ?? null,
  };
}
