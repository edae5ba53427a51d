-- usable-since: 0003
-- Issuers whose JWTs a tenant accepts.
create table issuers (
  id text collate "C" primary key,
  -- In order of creation.
  key bigint generated always as identity,
  tenant bigint not null,
  -- The server's time.
  created bigint not null,
  -- An object: name, access, and what its tokens must contain.
  settings json not null,
  epoch bigint not null default 0
);

create index issuers_by_tenant on issuers (tenant);
create index issuers_by_epoch on issuers (epoch);
