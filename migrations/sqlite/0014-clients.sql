-- Which kind of client sent an exchange: entra, service, compliance, sample or ad-hoc.
alter table exchange_notes add column client text;

update exchange_notes set client = (
  select case
    when e.details ->> '$.replayOf' is not null then 'ad-hoc'
    when e.user_agent = 'scim-compliance' or e.url like '%scim-check-%'
      or coalesce(e.request_body, '') like '%scim-check-%' then 'compliance'
    when e.details ->> '$.token.id' is null and e.details ->> '$.refusal' is null then 'sample'
    when e.user_agent like '%okta%' or e.user_agent like '%google-auto-provisioning%'
      or e.user_agent like '%authentik%' or e.user_agent like '%idp-scim-sync%' then 'service'
    when e.user_agent not in ('') and e.user_agent not like '%microsoft%' and e.user_agent not like '%azure%'
      and e.user_agent not like '%entra%' then 'ad-hoc'
    when e.method = 'PUT' or e.details ->> '$.parent' is not null or e.url like '%/Bulk' or e.url like '%/.search%'
      then 'ad-hoc'
    else 'entra'
  end
  from (
    select seq, id, method, url, request_body, details,
      trim(coalesce(details ->> '$.request.headers."user-agent"', '')) as user_agent
    from exchanges where seq = exchange_notes.seq
  ) e
);

-- Whose requests something was found in: provisioning, compliance or ad-hoc.
alter table findings add column origin text not null default 'provisioning';

update findings set origin = n.client
  from exchange_notes n where n.seq = findings.seq and n.client in ('compliance', 'ad-hoc');

drop index findings_by_tenant;
create index findings_by_tenant on findings (tenant, finding, origin, seq);

-- Cycles name their client, and have their times by the tenant's clock as well. A cycle has the id of its first
-- exchange; where that is forgotten, or was sent by another client, the cycle stays what it was.
update cycles set summary = json_set(summary,
  '$.client', c.client,
  '$.kind', case c.client when 'compliance' then 'compliance' when 'ad-hoc' then 'ad-hoc' else summary ->> '$.kind' end,
  '$.tenantStarted', started + c.ahead,
  '$.tenantLast', last + c.ahead
)
from (
  select cycles.key,
    case
      when summary ->> '$.token.id' is null then 'sample'
      when summary ->> '$.dialect' is 'other' and coalesce(n.client, 'ad-hoc') = 'entra' then 'ad-hoc'
      else coalesce(n.client, case when summary ->> '$.dialect' is 'other' then 'ad-hoc' else 'entra' end)
    end as client,
    coalesce((e.details ->> '$.tenantTime') - e.at, 0) as ahead
  from cycles left join exchanges e on e.id = cycles.id left join exchange_notes n on n.seq = e.seq
) c
where c.key = cycles.key;

create index cycles_by_client on cycles (
  tenant, summary ->> '$.client', summary ->> '$.token.id', summary ->> '$.userAgent', key
);
create index cycles_by_kind on cycles (tenant, summary ->> '$.client', summary ->> '$.kind', key);
