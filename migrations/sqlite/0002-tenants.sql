-- All times are milliseconds since 1970 by the machine's clock, except a token's, which are the tenant's.
create table tenants (
  key integer primary key autoincrement,
  id text not null unique,
  profile text not null,
  on_delete text not null,
  throttle text not null,
  -- A JSON object: switch to chosen value.
  switches text not null,
  clock_offset integer not null,
  created integer not null
) strict;

-- Access tokens, of whose text only a hash is kept. Deleted ones stay, to be known again.
create table tokens (
  id text not null primary key,
  tenant integer not null,
  hash blob not null unique,
  ending text not null,
  -- full or read
  access text not null,
  created integer not null,
  expires integer not null,
  last_used integer,
  uses integer not null,
  deleted_at integer
) strict;

create index tokens_by_tenant on tokens (tenant);
