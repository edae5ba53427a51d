-- The directory of AWS that was imported as this tenant: a JSON object; null for other tenants.
alter table tenants add column imported text;
-- Imported memberships keep their IDs.
create index memberships_by_imported_id on memberships (tenant, json_extract(via, '$.membership')) where via is not null;
