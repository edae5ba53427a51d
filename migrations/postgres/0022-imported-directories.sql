-- usable-since: 0020
-- The directory of AWS that was imported as this tenant: a JSON object; null for other tenants.
alter table tenants add column imported json;
alter table snapshot_tenants add column imported json;
-- Imported memberships keep their IDs. Reading a text as JSON can fail, so no index may contain it.
create index memberships_by_imported_id on memberships (tenant, substring(via from '"membership":"([^"]*)"') collate "C")
  where via is not null;
