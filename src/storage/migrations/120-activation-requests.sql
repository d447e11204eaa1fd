-- A letter's code was typed in a browser, and its second proof is awaited from elsewhere. A code that opens nothing has
-- a row too (person null): nobody who typed one can tell from what follows what it was. What the second proof is
-- compared with is kept as an HMAC; what the screen shows is made from the token, which only the browser has.
create table activation_requests (
  id uuid primary key default gen_random_uuid(),
  token_digest bytea not null unique,
  ceremony text not null check (ceremony in ('guardian-vouch', 'split-letter', 'desk')),
  person int references accounts (person),
  letter uuid references letters (id),
  epoch int,
  generation bigint not null,
  proof_digest bytea,
  proof_expires_at timestamptz,
  wrong_proofs int not null default 0,           -- counted before anything is compared
  made_at timestamptz not null,
  expires_at timestamptz not null,
  ended_at timestamptz,
  outcome text check (outcome in ('proved', 'wrong-proofs', 'overtaken')),
  check ((person is null) = (letter is null) and (person is null) = (epoch is null)),
  check ((ended_at is null) = (outcome is null))
);
create index activation_requests_person on activation_requests (person, made_at) where person is not null;
create index activation_requests_letter on activation_requests (letter, made_at) where letter is not null;
create index activation_requests_made on activation_requests (made_at);

-- Who holds a desk: when, in the last hour, so that ten acts are ten acts whatever hour of the clock they fall in.
create table desk_acts (
  person int primary key references accounts (person),
  times timestamptz[] not null default '{}'
);

-- All the letters of a class together take so many wrong words a window, then it closes.
alter table activation_windows add column wrong_words int not null default 0;
alter table activation_windows add column closed_because text;

grant select, insert, update, delete on activation_requests to preau_app;
grant select, insert, update on desk_acts to preau_app;
