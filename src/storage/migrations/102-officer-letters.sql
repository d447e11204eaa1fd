-- An officer's letter belongs to no school.
alter table letter_batches alter column uai drop not null;
