-- Named tokens of the console: hashes of their texts. Times are the server's, in milliseconds since 1970.
create table console_tokens (
  id text not null primary key,
  name text not null unique,
  -- metrics, read, write or destroy
  level text not null,
  hash blob not null unique,
  ending text not null,
  created integer not null,
  expires integer not null,
  last_used integer,
  uses integer not null
) strict;

-- Changes at the console, and who made them. Resetting data, restoring snapshots and deleting tenants leave it unchanged.
create table audit (
  -- Begins with the time.
  id text not null primary key,
  -- Milliseconds since 1970.
  at integer not null,
  -- open, token, person or identity
  caller text not null,
  -- Of a person or an identity.
  issuer text,
  -- At the issuer, or the id of a token.
  subject text,
  name text,
  -- Seconds since the caller had authenticated.
  age integer,
  acr text,
  operation text not null,
  tenant text,
  address text not null,
  -- Null until the operation is complete.
  status integer,
  problem text,
  -- An array of the first ids, as JSON, and the number of all.
  objects text not null,
  object_count integer not null
) strict, without rowid;
