-- Resource types and schemas that a tenant has beside those of the RFC: a JSON object with `schemas` and
-- `resourceTypes`, as RFC 7643 §6 and §7 write them.
alter table tenants add column declared text not null default '{"schemas":[],"resourceTypes":[]}';
