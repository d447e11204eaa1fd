-- Of which académies a school was before, in order: [{ academie, untilAt }]. A cut-off order over an académie stays over
-- those whose school was of it then: what it killed does not revive when the school goes to another.
alter table establishments add column former_academies jsonb not null default '[]';
