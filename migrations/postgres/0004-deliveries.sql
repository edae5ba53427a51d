-- usable-since: 0003
-- Messages to webhooks that wait to be posted, in the order of the keys.
create table deliveries (
  key bigint generated always as identity primary key,
  -- The message: the same for each URL.
  id text collate "C" not null,
  -- A hash of the URL, which may be secret.
  target text collate "C" not null,
  -- The type of the event.
  event text not null,
  body text not null,
  added timestamptz not null default clock_timestamp(),
  unique (target, id)
);

create index deliveries_by_target on deliveries (target, key);
