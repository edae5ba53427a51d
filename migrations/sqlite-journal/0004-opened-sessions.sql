-- Sessions that were opened from files. Their exchanges have numbers below 0, apart from those of this server, so that they are not
-- pruned, analyzed or listed with them. So have their cycles the keys.
create table sessions (
  -- The id of the tenant.
  tenant text not null primary key,
  -- The numbers of its exchanges, without a gap. `last` is less than `first` if there are none.
  first integer not null,
  last integer not null
) strict, without rowid;
