-- Requests of relying parties that were refused, by the number their users read out: what and by whom, never about whom.

create table traces (
  number text primary key check (number ~ '^[0-9A-HJKMNP-TV-Z]{12}$'),
  at timestamptz not null,
  client_id text,                                -- as registered; null where nobody of that name is
  endpoint text not null,
  error text not null,                           -- the standard's code
  detail text                                    -- the engine's own words, without what was sent
);
create index traces_at on traces (at);

grant select, insert, delete on traces to preau_app;
