-- A guardian says that a screen is not their child's: the request ends, and the letter whose code was typed is void.
alter table activation_requests drop constraint activation_requests_outcome_check;
alter table activation_requests add constraint activation_requests_outcome_check
  check (outcome in ('proved', 'wrong-proofs', 'overtaken', 'refused'));
