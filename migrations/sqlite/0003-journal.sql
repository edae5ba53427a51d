-- Every request to the SCIM listener with its answer, secrets removed. `tenant` is the tenant's id, not its key:
-- a request may name a tenant that doesn't exist. `at` is the machine's time, `tenant_time` the tenant's.
create table exchanges (
  seq integer primary key autoincrement,
  id text not null unique,
  tenant text,
  at integer not null,
  tenant_time integer not null,
  microseconds integer not null,
  method text not null,
  url text not null,
  status integer not null,
  action text not null,
  target_type text,
  target_id text,
  target_label text,
  token_id text,
  token_ending text,
  refusal text,
  rule text,
  profile text,
  remote_address text,
  -- JSON objects: header name to value.
  request_headers text not null,
  request_body text,
  -- The bytes of the whole body, when it was cut.
  request_cut integer,
  response_headers text not null,
  response_body text,
  response_cut integer
) strict;

create index exchanges_by_tenant on exchanges (tenant, seq);
create index exchanges_by_target on exchanges (target_id, seq);
create index exchanges_by_time on exchanges (at);
