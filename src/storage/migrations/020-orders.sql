-- Crisis orders. One clock row: version moves with every change of orders, generation with every cut-off order.

create table order_clock (
  one boolean primary key default true check (one),
  version bigint not null default 1,
  generation bigint not null default 1,
  clients_version bigint not null default 1     -- moves with every change of clients, contracts or keys
);
insert into order_clock default values;

create table orders (
  id uuid primary key default gen_random_uuid(),
  measure text not null check (measure in (
    'freeze', 'suspend-relying-party', 'withhold-claims', 'require-second-factor', 'suspend-rights',
    'close-sessions', 'void-codes', 'reset-credentials')),
  kind text not null check (kind in ('standing', 'cut-off')),
  drill boolean not null default false,
  scope jsonb not null,                          -- see src/orders/scope.ts
  parameters jsonb not null default '{}',
  reason text not null check (length(reason) > 0),
  ordered_by jsonb not null,
  approved_by jsonb,
  generation bigint,                             -- cut-off orders: what carries a lower one is dead
  starts_at timestamptz not null default now(),
  ends_at timestamptz,
  ended_at timestamptz,
  ended_by jsonb,
  end_reason text,
  created_at timestamptz not null default now(),
  check ((kind = 'cut-off') = (generation is not null)),
  check (kind = 'standing' or drill or (ends_at is null and ended_at is null))
);

create function order_changed() returns trigger language plpgsql as $$
begin
  update order_clock set version = version + 1;
  perform pg_notify('preau_orders', '');
  return null;
end $$;
create trigger orders_changed after insert or update on orders for each statement execute function order_changed();

create function clients_changed() returns trigger language plpgsql as $$
begin
  update order_clock set clients_version = clients_version + 1;
  perform pg_notify('preau_clients', '');
  return null;
end $$;

grant select, insert, update on orders, order_clock to preau_app;
