-- Those who let in share the clock's row for moments. Who shuts a relying party out stands in line with them, as an order
-- does: for the row alone whoever comes later would take a share at once, and in a rush the change would never come.
create or replace function clients_changed() returns trigger language plpgsql as $$
begin
  lock table order_clock in exclusive mode;
  update order_clock set clients_version = clients_version + 1;
  perform pg_notify('preau_clients', '');
  return null;
end $$;
