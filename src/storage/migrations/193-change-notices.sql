-- Whoever is told of a claim is told of what changes later in how the account is signed in to: a row in the same table,
-- with the same link. `claimed_at` and `ceremony` are those of the claim under which it changed.
alter table claim_notices add column told text not null default 'claim'
  check (told in ('claim', 'password', 'factor-added', 'factor-replaced', 'recovery-codes'));
alter table claim_notices add column changed_at timestamptz check ((changed_at is null) = (told = 'claim'));
