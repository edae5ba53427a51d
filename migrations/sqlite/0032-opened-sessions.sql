-- The session that was opened from a file as this tenant, which is read-only: a JSON object; null for other tenants.
alter table tenants add column session text;
