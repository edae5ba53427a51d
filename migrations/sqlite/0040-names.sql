-- For people; null without a name.
alter table tenants add column name text;
alter table tokens add column name text;
