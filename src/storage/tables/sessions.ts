import type { Generated } from 'kysely';

export interface SessionsTables {
  sessions: {
    uid_digest: Buffer;
    person: number;
    kind: string;
    epoch: number;
    generation: number;
    started_at: Date;
    absolute_end: Date;
    idle_seconds: number;
    user_agent: string | null;
    address: string | null;
    ended_at: Date | null;
    end_reason: string | null;
    /** Not before this can it have run out. */
    look_at: Generated<Date>;
  };
  ended_cookies: {
    cookie_digest: Buffer;
    ended_at: Date;
    until_at: Date;
    /** When the session of that cookie was found and ended, or was seen to be gone. */
    settled_at: Generated<Date | null>;
  };
  session_relying_parties: {
    session_uid_digest: Buffer;
    client_id: string;
    sid: string;
    person: number;
    first_at: Date;
  };
  revoked_grants: { grant_digest: Buffer; person: number | null; revoked_at: Date; until_at: Date };
  refresh_families: {
    id: Buffer;
    grant_digest: Buffer;
    person: number;
    client_id: string;
    rotation: Generated<number>;
    revoked_at: Date | null;
    until_at: Date;
  };
  redis_epoch: {
    one: Generated<boolean>;
    run_id: string | null;
    replication_id: string | null;
    nonce: string | null;
    epoch_at: Date;
    /** The loss after which every open session was looked at. */
    looked_at: Generated<Date>;
  };
}
