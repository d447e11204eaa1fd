-- Sessions that only run out are ended too, so that relying parties are told. Redis counts idle time: `look_at` says
-- when a session may have run out there, and nobody asks before.
alter table sessions add column look_at timestamptz not null default now() + interval '5 minutes';
update sessions set look_at = least(started_at + make_interval(secs => idle_seconds), absolute_end);
create index sessions_look_at on sessions (look_at) where ended_at is null;

-- A sign-out noted while Redis was away, until its session was found and ended.
alter table ended_cookies add column settled_at timestamptz;
create index ended_cookies_unsettled on ended_cookies (ended_at) where settled_at is null;

-- Up to which loss of Redis every open session was looked at.
alter table redis_epoch add column looked_at timestamptz not null default '-infinity';
update redis_epoch set looked_at = epoch_at;
