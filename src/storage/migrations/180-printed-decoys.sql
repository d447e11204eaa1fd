-- Staff who ask for the letters of a decoy class get a pile like any other's, of bait: who did, and in which session.
alter table decoy_sightings drop constraint decoy_sightings_way_check;
alter table decoy_sightings add constraint decoy_sightings_way_check
  check (way in ('opened', 'found', 'listed', 'printed'));
alter table bait_letters add column session_digest bytea;
