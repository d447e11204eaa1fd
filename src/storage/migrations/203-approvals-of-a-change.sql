-- Who approved a change that waits: of exactly that one, so they go with it.
create table client_change_approvals (
  change bigint not null references client_changes (id) on delete cascade,
  approver text not null,                        -- one human once: person:NUMBER, operator:OS USER
  approved_by jsonb not null,
  at timestamptz not null,
  primary key (change, approver)
);
grant select, insert on client_change_approvals to preau_app;
