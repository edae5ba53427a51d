-- usable-since: 0003
-- Named tokens of the console: hashes of their texts. Times are the server's, in milliseconds since 1970.
create table console_tokens (
  id text collate "C" primary key,
  -- In order of creation.
  key bigint generated always as identity,
  name text collate "C" not null unique,
  -- metrics, read, write or destroy
  level text not null,
  hash bytea not null unique,
  ending text not null,
  created bigint not null,
  expires bigint not null,
  last_used bigint,
  uses bigint not null,
  -- When an instance last added its uses, by the database's clock.
  counted timestamptz,
  epoch bigint not null default 0
);

create index console_tokens_by_epoch on console_tokens (epoch);
create index console_tokens_by_use on console_tokens (counted) where counted is not null;

-- Changes at the console, and who made them. Resetting data, restoring snapshots and deleting tenants leave it unchanged.
create table audit (
  -- Begins with the time.
  id text collate "C" primary key,
  -- Milliseconds since 1970.
  at bigint not null,
  -- open, token, person or identity
  caller text collate "C" not null,
  -- Of a person or an identity.
  issuer text,
  -- At the issuer, or the id of a token.
  subject text,
  name text,
  -- Seconds since the caller had authenticated.
  age bigint,
  acr text,
  operation text not null,
  tenant text collate "C",
  address text not null,
  -- Null until the operation is complete.
  status integer,
  problem text,
  -- An array of the first ids, and the number of all.
  objects jsonb not null,
  object_count integer not null
);
