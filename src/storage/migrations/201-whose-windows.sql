-- A window ends with who opened it: it carries the epoch their account had then (design D4). Null where an operator did.
alter table activation_windows add column opener_epoch int;
