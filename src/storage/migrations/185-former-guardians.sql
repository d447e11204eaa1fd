-- A guardian whose link ended a moment before a claim is told of it too, by words of their own: without the school.
alter table claim_notices drop constraint claim_notices_recipient_check;
alter table claim_notices add constraint claim_notices_recipient_check
  check (recipient in ('holder', 'guardian', 'former-guardian'));
