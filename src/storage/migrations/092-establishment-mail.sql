-- Where a school itself is written to, as its roster says: an address of the establishment, of no person.
alter table establishments add column mail text;
