-- A key that was withdrawn is published no more, whatever the clock of whoever reads says.
alter table signing_keys add column revoked_at timestamptz;
alter table signing_keys add check (revoked_at is null or state = 'old');
