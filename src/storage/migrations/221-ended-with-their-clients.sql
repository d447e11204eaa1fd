-- A contract ends with its client, and stays in the register.
update contracts set state = case when state in ('approved', 'suspended') or not exists (
    select from contracts other where other.client_id = contracts.client_id and other.state in ('approved', 'suspended'))
  then 'ended' else 'replaced' end, ended_at = clients.deleted_at
from clients where clients.client_id = contracts.client_id and clients.deleted_at is not null
  and state in ('sandbox', 'requested', 'approved', 'suspended');
