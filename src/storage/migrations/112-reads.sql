-- Who read whom: asked by reader too.

create index disclosure_contexts_reader on disclosure_contexts (reader) where reader is not null;
