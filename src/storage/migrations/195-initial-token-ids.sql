-- An initial access token that leaked is revoked by its id. Those issued before get one drawn here: 48 bits of a random
-- UUID, letters and digits too.
alter table initial_access_tokens add column id text;
update initial_access_tokens set id = left(replace(gen_random_uuid()::text, '-', ''), 12);
alter table initial_access_tokens alter column id set not null;
alter table initial_access_tokens add unique (id);
alter table initial_access_tokens add column revoked_at timestamptz;
