-- usable-since: 0003
-- Sessions of people who signed in to the console, which all instances share. Times are the server's, in milliseconds since 1970.
create table console_sessions (
  -- SHA-256 of the secret in the cookie.
  hash bytea primary key,
  id text collate "C" not null unique,
  issuer text not null,
  subject text not null,
  name text,
  -- read or write
  role text not null,
  -- When the person authenticated, as the identity provider reports it.
  authenticated bigint,
  acr text,
  created bigint not null,
  last_used bigint not null,
  expires bigint not null
);
