-- Once production has opened this database, no weaker profile does.
alter table instance add column production boolean not null default false;
