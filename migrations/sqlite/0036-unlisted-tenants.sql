-- Tenants that have rows in other tables but none in `tenants`: the rows of a session are being stored, or those of a deleted tenant are
-- being deleted. Their ids are taken. A start deletes what is left of them.
create table unlisted_tenants (
  -- In the other tables. No other tenant gets it.
  key integer not null primary key,
  id text not null unique,
  -- The keys of resources and the moments that are reserved for the rows of a session, both ends included; 0 without any.
  first_resource integer not null default 0,
  last_resource integer not null default 0,
  last_moment integer not null default 0
) strict;
