-- The files that staff bring lie here, sealed under the wrapping key in pieces, until the queue has compared them: the job
-- names its plan, and the plan is `reading` meanwhile. One place has one such plan at a time.
alter table roster_plans drop constraint roster_plans_state_check;
alter table roster_plans add constraint roster_plans_state_check
  check (state in ('reading', 'planned', 'applying', 'applied', 'undoing', 'undone', 'refused'));
create unique index roster_plans_reading on roster_plans ((summary ->> 'whose')) where state = 'reading';

create table roster_files (
  plan uuid not null,                                     -- written before its plan, so that the act itself stays short
  file int not null,
  piece int not null,                                     -- 0 is what people call the file
  sealed bytea not null,
  brought_at timestamptz not null,
  primary key (plan, file, piece)
);
grant select, insert, delete on roster_files to preau_app;
