-- Contracts by their versions: one in force at most, each new one approved again. A version whose place another took
-- is `replaced`; `ended` is the end of the contract itself.

alter table contracts drop constraint contracts_state_check;
alter table contracts add constraint contracts_state_check
  check (state in ('sandbox', 'requested', 'approved', 'suspended', 'ended', 'replaced'));
alter table contracts add column requested_at timestamptz, add column approved_at timestamptz,
  add column ended_at timestamptz;
update contracts set approved_at = created_at where state in ('approved', 'suspended');
-- Of versions made before there was an order, the latest is in force.
update contracts set state = 'replaced', ended_at = now() where state in ('approved', 'suspended')
  and exists (select from contracts newer where newer.client_id = contracts.client_id
    and newer.version > contracts.version and newer.state in ('approved', 'suspended'));
create unique index contracts_one_in_force on contracts (client_id) where state in ('approved', 'suspended');
create unique index contracts_one_pending on contracts (client_id) where state in ('sandbox', 'requested');

create table contract_approvals (
  client_id text not null,
  version int not null,
  approver text not null,                        -- one human once: person:NUMBER, operator:OS USER
  approved_by jsonb not null,
  at timestamptz not null,
  primary key (client_id, version, approver),
  foreign key (client_id, version) references contracts (client_id, version)
);

-- Who was told what an application receives, once for each version of its contract.
create table first_visits (
  person int not null references persons (number),
  client_id text not null references clients (client_id),
  contract_version int not null,
  at timestamptz not null,
  primary key (person, client_id, contract_version)
);

-- Made-up people for sandbox clients. Never claimed, so that no credential of theirs can exist.
create table personas (
  person int primary key references persons (number),
  position int not null unique,
  created_at timestamptz not null default now()
);

grant select, insert on contract_approvals, first_visits, personas to preau_app;
