-- Access keys for the AWS APIs. Their secrets are encrypted with a key that is not in the database. Deleted keys stay without
-- their secrets, so that they are still recognized. Times are the tenant's, in milliseconds since 1970.
create table access_keys (
  id text not null primary key,
  tenant integer not null,
  sealed blob,
  -- full or read
  access text not null,
  created integer not null,
  last_used integer,
  uses integer not null,
  deleted_at integer
) strict;

create index access_keys_by_tenant on access_keys (tenant);
