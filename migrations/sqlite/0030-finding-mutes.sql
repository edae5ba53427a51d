-- The muted findings of tenants.
create table finding_mutes (
  tenant integer not null,
  -- The id of a kind of finding.
  finding text not null,
  reason text not null,
  -- The name of the token or person that muted it; null at a console that requires neither.
  muted_by text,
  -- The server's time in milliseconds since 1970.
  at integer not null,
  primary key (tenant, finding)
) strict, without rowid;
