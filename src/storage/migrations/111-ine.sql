-- A pupil's national number (INE) is found as it is typed, by its digest: nothing is opened to find it.

alter table person_fields add column digest bytea;
create index person_fields_digest on person_fields (digest) where digest is not null and until_at is null;
