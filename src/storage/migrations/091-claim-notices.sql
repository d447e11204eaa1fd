-- Who is told that an account was claimed, on which channel: a row each, made with the claim. The contact is named, never
-- written down again; it is opened when the message goes out.
create table claim_notices (
  id uuid primary key default gen_random_uuid(),
  person int not null references accounts (person),      -- whose account was claimed
  contact bigint not null references contacts (id),
  recipient text not null check (recipient in ('holder', 'guardian')),
  ceremony text not null,
  claimed_at timestamptz not null,
  sent_at timestamptz,
  given_up_at timestamptz,                                -- there is no such mailbox, or it was tried for days
  disowned_at timestamptz                                 -- its link was used: the account was locked
);
create index claim_notices_person on claim_notices (person, claimed_at);
create index claim_notices_claimed on claim_notices (claimed_at);

-- The link of a notice, drawn when it is sent and anew at each further try: all of one notice open the same, once.
create table claim_notice_links (
  digest bytea primary key,                               -- HMAC under a key outside the database
  notice uuid not null references claim_notices (id),
  expires_at timestamptz not null
);
create index claim_notice_links_notice on claim_notice_links (notice);

grant select, insert, update on claim_notices to preau_app;
grant select, insert, delete on claim_notice_links to preau_app;
