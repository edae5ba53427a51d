-- Tables are named by what they hold: resources that a client deleted, and when each identity was last seen.
alter table departed rename to deleted_resources;
drop index departed_by_id;
drop index departed_by_label;
drop index departed_by_state;
create index deleted_resources_by_id on deleted_resources (tenant, id);
create index deleted_resources_by_label on deleted_resources (tenant, type, folded_label) where successor is null;
create index deleted_resources_by_state on deleted_resources (tenant, type, state, key);

alter table sightings rename to last_seen;
