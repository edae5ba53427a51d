-- Issuers whose JWTs a tenant accepts.
create table issuers (
  id text not null primary key,
  tenant integer not null,
  -- The server's time in milliseconds since 1970.
  created integer not null,
  -- A JSON object: name, access, and what its tokens must contain.
  settings text not null
) strict;

create index issuers_by_tenant on issuers (tenant);
