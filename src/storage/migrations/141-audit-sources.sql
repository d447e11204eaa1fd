-- What one address did lately: the watch over alarms asks by the keyed digest that stands in the details.
create index audit_events_source on audit_events ((details ->> 'source'), at) where details ? 'source';
