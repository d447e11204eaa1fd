-- Who stands behind what a second proof rests on: a row of the directory names the roster plans that brought it in, a
-- plan everybody who made, applied or undid it. Nobody prints a letter and brings in what proves it.
alter table roster_plans add column hands jsonb not null default '[]';
update roster_plans set hands = jsonb_build_array(made_by);
alter table memberships add column plans uuid[] not null default '{}';
alter table guardianships add column plans uuid[] not null default '{}';
alter table contacts add column plans uuid[] not null default '{}';

-- The electronic half of a letter: to which contact it was sent, and how often it was drawn. The half itself is kept
-- in proof_digest alone, as an HMAC.
alter table activation_requests add column contact bigint references contacts (id);
alter table activation_requests add column drawn int not null default 0;

-- A letter printed for one person outside a pile works a day later: whoever it was not meant for has time to say so.
alter table letters add column valid_from timestamptz not null default '-infinity';
