-- usable-since: 0003
-- Milliseconds since 1970: this instance has written all exchanges with an earlier time to the journal. Null until it has reported
-- that, and for instances of earlier releases.
alter table instances add column written_until bigint;

-- Failed SCIM requests by time: the number of those of the last day is shown while they are not analyzed.
create index exchanges_failed on exchanges (tenant, at, id) where status >= 400 and api is null;
