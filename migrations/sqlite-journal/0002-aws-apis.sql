-- Requests to the AWS listener.

-- identity-store, sso-admin or sts; null for SCIM.
alter table exchanges add column api text;
-- The operation by AWS's name: UpdateUser.
alter table exchanges add column api_operation text;
-- The id of the access key that the request names.
alter table exchanges add column access_key text;
