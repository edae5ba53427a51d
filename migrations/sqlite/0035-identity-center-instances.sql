-- The instance of IAM Identity Center of a tenant, as far as UpdateInstance changed it.
create table identity_center_instances (
  tenant integer primary key,
  name text not null
) strict;
