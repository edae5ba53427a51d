-- usable-since: 0013
-- The instance of IAM Identity Center of a tenant, as far as UpdateInstance changed it. (`instances` are those of this program.)
create table identity_center_instances (
  tenant bigint primary key,
  name text not null
);

create table snapshot_identity_center_instances (snapshot bigint not null, like identity_center_instances);
create index snapshot_identity_center_instances_by_snapshot on snapshot_identity_center_instances (snapshot, tenant);
