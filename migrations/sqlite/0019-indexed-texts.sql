-- Attributes that lists of many resources were filtered or sorted by. An index by value is built for each of them in the
-- background, at the first such request; writes keep it up to date.
create table indexed_attributes (
  tenant integer not null,
  type text not null,
  -- The text of a path, such as name.familyName.
  attribute text not null,
  -- The names on the path: a JSON array.
  path text not null,
  -- The index has the resources up to this key, and those that were written since; null once it has all.
  built_to integer,
  primary key (tenant, type, attribute)
) strict, without rowid;

-- The texts of these attributes, folded if the attribute ignores case.
create table indexed_texts (
  tenant integer not null,
  type text not null,
  attribute text not null,
  value text not null,
  resource integer not null,
  primary key (tenant, type, attribute, value, resource)
) strict, without rowid;
