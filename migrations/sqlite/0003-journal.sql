-- Every request to the SCIM listener with its answer, secrets removed. `tenant` is the tenant's id, not its key:
-- a request may name a tenant that doesn't exist. `at` is the machine's time in milliseconds since 1970.
-- A row is written for each request, so there are columns and indexes only for what is searched for often; the
-- rest is in `details`.
create table exchanges (
  -- Given by the journal, in order of answering.
  seq integer primary key,
  id text not null unique,
  tenant text,
  at integer not null,
  method text not null,
  url text not null,
  status integer not null,
  action text not null,
  target_id text,
  -- A JSON object: times, target, token, refusal, rule, profile, address, and the headers of both messages.
  details text not null,
  request_body text,
  response_body text
) strict;

create index exchanges_by_target on exchanges (target_id, seq) where target_id is not null;
