-- usable-since: 0003
-- The muted findings of tenants.
create table finding_mutes (
  tenant bigint not null,
  -- The id of a kind of finding.
  finding text collate "C" not null,
  reason text not null,
  -- The name of the token or person that muted it; null at a console that requires neither.
  muted_by text,
  -- The server's time in milliseconds since 1970.
  at bigint not null,
  epoch bigint not null default 0,
  primary key (tenant, finding)
);

create index finding_mutes_by_epoch on finding_mutes (epoch);
