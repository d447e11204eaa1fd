-- Whoever is told of changes is told, too, that a recovery code was used: nobody uses one every day.
alter table claim_notices drop constraint claim_notices_told_check;
alter table claim_notices add constraint claim_notices_told_check
  check (told in ('claim', 'password', 'factor-added', 'factor-replaced', 'recovery-codes', 'recovery-code-used'));
