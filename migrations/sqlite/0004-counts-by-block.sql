-- How many resources of a type a tenant has among 4096 consecutive keys: the sum is their number, and which block the
-- hundred thousandth is in shows without walking there.
drop table counts;

create table counts (
  tenant integer not null,
  type text not null,
  -- key >> 12
  block integer not null,
  n integer not null,
  primary key (tenant, type, block)
) strict, without rowid;

insert into counts (tenant, type, block, n)
select tenant, type, key >> 12, count(*) from resources group by 1, 2, 3;
