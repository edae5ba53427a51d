-- Steps of the set-up that a tenant's clients have done, each written down once, at its first evidence. They outlive the
-- exchanges of the journal.
create table setup_steps (
  -- The tenant's id.
  tenant text not null,
  step text not null,
  -- The machine's time in milliseconds since 1970; null where only the tenant's time is known.
  at integer,
  tenant_time integer not null,
  exchange text,
  user_agent text,
  primary key (tenant, step)
) strict, without rowid;

-- What the journal and the directory still show; the oldest evidence of each step counts.
create temp table client_requests as
  select e.seq, e.id, e.tenant, e.at, e.method, e.url, e.status, e.action,
    e.details ->> '$.tenantTime' as tenant_time,
    e.details ->> '$.target.type' as type,
    trim(coalesce(e.details ->> '$.request.headers."user-agent"', '')) as user_agent,
    e.details ->> '$.token.id' as token,
    e.details ->> '$.refusal' as refusal,
    e.request_body as body
  from exchanges e join tenants t on t.id = e.tenant
  where e.at >= t.created and e.details ->> '$.replayOf' is null and e.details ->> '$.parent' is null;

create unique index temp.client_requests_by_seq on client_requests (seq);

-- Requests that Entra ID may have sent: without a name, or with one of Microsoft's, and not those of other clients.
create temp table entra_requests as
  select r.* from client_requests r
  where (r.token is not null or r.refusal is not null)
    and (r.user_agent = '' or r.user_agent like '%microsoft%' or r.user_agent like '%azure%'
      or r.user_agent like '%entra%')
    and r.method <> 'PUT' and r.url not like '%/Bulk' and r.url not like '%/.search%'
    and r.url not like '%scim-check-%' and coalesce(r.body, '') not like '%scim-check-%'
    -- The compliance suite sends a few requests without a name between its others.
    and not exists (
      select 1 from client_requests n
      where n.seq between r.seq - 3 and r.seq + 3 and n.tenant = r.tenant and n.user_agent = 'scim-compliance'
        and abs(n.at - r.at) <= 10000
    );

create temp table evidence (tenant text, step text, at integer, tenant_time integer, exchange text, user_agent text);

insert into evidence
  select tenant, step, at, tenant_time, id, nullif(user_agent, '')
  from entra_requests join (
    select 'contact' as step union all select 'test-connection' union all select 'user' union all select 'group'
    union all select 'membership' union all select 'disabled' union all select 'deleted'
  )
  where case step
    when 'contact' then true
    when 'test-connection' then action = 'test connection' and status = 200
    when 'user' then method = 'POST' and status = 201 and type = 'User'
    when 'group' then method = 'POST' and status = 201 and type = 'Group'
    when 'membership' then method = 'PATCH' and status between 200 and 299 and type = 'Group'
      and (action like '%add %member%' or action like '%replace members%')
    when 'disabled' then method = 'PATCH' and status between 200 and 299 and action like 'disable user%'
    when 'deleted' then method = 'DELETE' and status between 200 and 299 and type = 'User'
  end;

-- The directory has more than the journal still shows; which client sent that is unknown.
insert into evidence
  select t.id, d.step, null, d.tenant_time, null, null
  from tenants t join (
    select tenant, case type when 'User' then 'user' else 'group' end as step, created as tenant_time, key
      from resources where type in ('User', 'Group')
    union all
    select tenant, case type when 'User' then 'user' else 'group' end, created, key
      from departed where type in ('User', 'Group')
    union all
    select tenant, 'disabled', last_modified, key from resources where type = 'User' and enabled = 0
    union all
    select tenant, 'deleted', deleted_at, key from departed where type = 'User'
    union all
    select r.tenant, 'membership', e.at, e.group_key
      from membership_events e join resources r on r.key = e.group_key where e.event = 'added'
  ) d on d.tenant = t.key
  where not exists (
    -- Its creation is in the journal, and has been looked at above if it was Entra ID's.
    select 1 from versions v join exchanges e on e.id = v.exchange
    where v.resource_key = d.key and v.version = 1
  );

-- A cycle has the id of its first exchange, which tells how far the tenant's clock was ahead.
create temp table entra_cycles as
  select c.id, c.tenant, c.summary ->> '$.token.id' as token, c.summary ->> '$.kind' as kind,
    c.summary ->> '$.failed' as failed, c.started, c.last,
    coalesce((e.details ->> '$.tenantTime') - e.at, 0) as ahead
  from cycles c join tenants t on t.id = c.tenant and c.started >= t.created
    left join exchanges e on e.id = c.id
  where c.summary ->> '$.token.id' is not null and coalesce(c.summary ->> '$.dialect', '') <> 'other';

insert into evidence
  select c.tenant, 'second-cycle', c.started, c.started + c.ahead, c.id, null
  from entra_cycles c
  where exists (
    select 1 from entra_cycles earlier
    where earlier.tenant = c.tenant and earlier.token = c.token and earlier.kind = 'cycle'
      and c.started + c.ahead - earlier.started - earlier.ahead between 25 * 60000 and 60 * 60000
  );

insert into evidence
  select tenant, 'no-failure', last, last + ahead, id, null
  from entra_cycles
  where kind = 'cycle' and failed = 0 and last < (select max(at) from exchanges) - 5 * 60000;

-- Each of these implies that the server was reached.
insert into evidence
  select tenant, 'contact', at, tenant_time, exchange, user_agent from evidence
  where step in ('user', 'group');

insert into setup_steps (tenant, step, at, tenant_time, exchange, user_agent)
  select tenant, step, at, tenant_time, exchange, user_agent from (
    select *, row_number() over (partition by tenant, step order by tenant_time, at is null) as place from evidence
  ) where place = 1;

drop table evidence;
drop table entra_cycles;
drop table entra_requests;
drop table client_requests;
