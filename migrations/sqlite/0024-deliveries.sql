-- Messages to webhooks that wait to be posted, in the order of the keys.
create table deliveries (
  key integer primary key,
  -- The message: the same for each URL.
  id text not null,
  -- A hash of the URL, which may be secret.
  target text not null,
  -- The type of the event.
  event text not null,
  body text not null,
  -- Milliseconds since 1970 by the machine's clock.
  added integer not null,
  unique (target, id)
) strict;

create index deliveries_by_target on deliveries (target, key);
