-- The meaning of a request in columns. Earlier versions stored only the sentence (`action`), so existing rows are filled
-- from it, once. The table is rebuilt: columns behind the bodies would be slow to search.
alter table exchanges rename to exchanges_with_sentences;

-- Every request to the SCIM listener with its response, secrets removed. `tenant` is the tenant's id, not its key:
-- a request may name a tenant that doesn't exist. `at` is the machine's time in milliseconds since 1970.
create table exchanges (
  -- Given by the journal, in order of responding.
  seq integer primary key,
  id text not null unique,
  tenant text,
  at integer not null,
  method text not null,
  url text not null,
  status integer not null,
  -- What the request does: create, update, disable, look-up, probe and so on.
  operation text not null,
  -- The state that a PATCH or PUT gave the resource: 0 or 1.
  enabled integer,
  -- Resources in the response to a list.
  results integer,
  -- Members that a PATCH lists.
  members_added integer,
  members_removed integer,
  -- Operations of a bulk request.
  bulk_operations integer,
  -- The sentence made from these columns, for people and full-text searches.
  action text not null,
  target_type text,
  target_id text,
  target_label text,
  -- A JSON object: times, token, refusal, rule, profile, address, and the headers of both messages.
  details text not null,
  request_body text,
  response_body text
) strict;

insert into exchanges
  select seq, id, tenant, at, method, url, status, operation,
    case
      when operation in ('disable', 'enable') then operation = 'enable'
      when operation = 'replace' and action glob '* (enabled)' then 1
      when operation = 'replace' and action glob '* (disabled)' then 0
    end,
    case
      when operation in ('list', 'look-up', 'search', 'probe') and action <> 'search everything' and status = 200
        and json_valid(response_body) and response_body ->> '$.totalResults' is not null
      then coalesce(json_array_length(response_body, '$.Resources'), 0)
    end,
    case
      when method = 'PATCH' and members glob '*, add [1-9]* member*'
      then cast(substr(members, instr(members, ', add ') + 6) as integer)
    end,
    case
      when method = 'PATCH' and members glob '*remove [0-9]* member*'
      then cast(substr(members, instr(members, 'remove ') + 7) as integer)
    end,
    case when operation = 'bulk' then cast(substr(action, length('bulk of ') + 1) as integer) end,
    action,
    details ->> '$.target.type',
    target_id,
    details ->> '$.target.label',
    json_remove(details, '$.target'),
    request_body,
    response_body
  from (
    select *,
      case
        when details ->> '$.refusal' is not null then 'refused'
        when action = 'broken request' then 'malformed'
        when action = 'unknown address' then 'unknown-address'
        when action glob 'unsupported: *' then 'unsupported'
        when action glob 'bulk of [0-9]*' then 'bulk'
        when action = 'test connection' then 'probe'
        when action in ('read schemas', 'read resource types', 'read service provider configuration')
          and details ->> '$.target.type' is null then 'discovery'
        when action glob 'list *' then 'list'
        when action glob 'look up *' then 'look-up'
        when action glob 'search *' then 'search'
        when method = 'PATCH' then case
          when action glob 'disable *' then 'disable'
          when action glob 'enable *' then 'enable'
          when members glob '*, replace members' then 'replace-members'
          when members glob '*, add [0-9]* and remove *members' then 'change-members'
          when members glob '*, add [0-9]* member*' then 'add-members'
          when members glob '*, remove *member*' then 'remove-members'
          when action glob 'rename *' then 'rename'
          else 'update'
        end
        when method = 'POST' then 'create'
        when method = 'PUT' then 'replace'
        when method = 'DELETE' then 'delete'
        when method in ('GET', 'HEAD') then 'read'
        else 'malformed'
      end as operation
    from (
      -- Members are last in the sentence, behind ", " or at its start. The names of attributes, which could be anything,
      -- are in front of " of ".
      select *, ', ' || case
        when instr(action, ' of ') > 0 then substr(action, instr(action, ' of ') + 4) else action
      end as members
      from exchanges_with_sentences
    )
  )
  order by seq;

drop table exchanges_with_sentences;

create index exchanges_by_target on exchanges (target_id, seq) where target_id is not null;

create trigger exchanges_forgotten after delete on exchanges begin
  delete from exchange_notes where seq = old.seq;
  delete from findings where seq = old.seq;
end;
