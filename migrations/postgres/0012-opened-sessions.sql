-- usable-since: 0003
-- The session that was opened from a file as this tenant, which is read-only: a JSON object; null for other tenants. The ids of its
-- exchanges and cycles begin with `s`, after all others, so that they are not pruned, analyzed or listed with them.
alter table tenants add column session json;
