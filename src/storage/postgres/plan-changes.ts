import { fold } from '../../scim/text.ts'
import { searchableNames } from '../common/identities.ts'
import { keysPerBlock } from '../common/list-page.ts'
import type { ChangeName, MemberRow, PlanChange, PlanChanges } from '../common/plans/plan.ts'
import { postgresDialect } from './dialect.ts'
import { prepared, type Query, type Statement, toArrays, unnested } from './statement.ts'
import { deleteTextsSql, insertTextsSql, textAtSql } from './text-index.ts'

type Value = string | number | boolean | null
type Row = readonly Value[]

type Write = {
  readonly statement: Statement
  /** Also maintains the index of texts; without it, `statement` never has to. */
  readonly indexing?: Statement
  readonly rows: { readonly [Name in ChangeName]?: (change: PlanChanges[Name]) => readonly Row[] }
}

function toEntry(text: string): readonly [entry: string, whole: string | null] {
  const entry = postgresDialect.indexEntry(text)
  return [entry, entry === text ? null : text]
}

/** JSON is sent as text, because arrays of texts need no parsing. */
const contentColumns = `document text, secrets text, search text, keys text, version int, last_modified bigint, label text,
  display text, folded_display text, names text, enabled boolean`
const contentNames = contentColumns.split(',').map(column => column.trim().split(' ')[0] ?? '')
const contentValues = contentNames.map(name =>
  ['search', 'keys'].includes(name) ? `x.${name}::jsonb` : `x.${name}`,
)

const contentOf = ({ search, keys, display, ...content }: PlanChanges['addResource']['content']): Row => [
  content.document,
  content.secrets,
  JSON.stringify(search),
  JSON.stringify(keys),
  content.version,
  content.lastModified,
  content.label,
  display,
  fold(display),
  searchableNames({ label: content.label, display }),
  content.enabled,
]

const addedColumns = `tenant bigint, key bigint, type text, id text, created bigint, predecessor text, ${contentColumns}`
const rewrittenColumns = `tenant bigint, key bigint, type text, ${contentColumns}`
const droppedColumns = 'tenant bigint, key bigint, type text'
const searchColumns = ['tenant', 'key', 'type', 'search']

const attributesOfRow = 'indexed_attributes a on a.tenant = x.tenant and a.type = x.type'

type Membership = PlanChanges['addMembers']

const membersOf = ({ tenant, group, members, at, via }: Membership): readonly Row[] =>
  members.map(({ memberId, memberKey, sentDisplay = null }) => [
    tenant,
    group,
    ...toEntry(memberId),
    memberKey,
    at,
    via,
    sentDisplay,
    sentDisplay === null ? null : fold(sentDisplay),
  ])

const membershipColumns = `tenant bigint, owner bigint, member_id text, whole text, member_key bigint, at bigint, via text,
  sent_display text, folded_sent_display text`

const historyColumns = `tenant bigint, owner bigint, at bigint, exchange text, via text, action text, version int, document text,
  difference text, previous_document text, member_id text, whole text, member_key bigint`

const eventsOf =
  (event: 'added' | 'removed') =>
  ({ tenant, group, members, at, exchange, via }: Membership): readonly Row[] =>
    members.map(({ memberId, memberKey }: MemberRow) => [
      tenant,
      group,
      at,
      exchange,
      via,
      event,
      null,
      null,
      null,
      null,
      ...toEntry(memberId),
      memberKey,
    ])

const noMember = [null, null, null] as const

const countOf =
  (by: 1 | -1) =>
  ({
    tenant,
    type,
    key,
  }: {
    readonly tenant: number
    readonly type: string
    readonly key: number
  }): readonly Row[] => [[tenant, type, Math.floor(key / keysPerBlock), by]]

const insertResources = `
  insert into resources (tenant, key, type, id, created, predecessor, ${contentNames.join(', ')})
  select tenant, key, type, id, created, predecessor, ${contentValues.join(', ')} from ${unnested(addedColumns)}`
const rewriteResources = `
  update resources r set ${contentNames.map((name, at) => `${name} = ${contentValues[at]}`).join(', ')}
  from ${unnested(rewrittenColumns)} where r.tenant = x.tenant and r.key = x.key`
const dropResources = `
  delete from resources r using ${unnested(droppedColumns)}
  where r.tenant = x.tenant and r.key = x.key`

/** In the order in which they are run. Those that insert into an index do so in its order, so that transactions wait in one. */
const writes: readonly Write[] = [
  {
    statement: prepared(`
      delete from keys k using ${unnested('tenant bigint, type text, attribute text, value text, resource bigint')}
      where k.tenant = x.tenant and k.type = x.type and k.attribute = x.attribute and k.value = x.value
        and k.rival = any(array[0, x.resource]) and k.resource = x.resource`),
    rows: {
      dropKeys: ({ tenant, type, key, keys }) =>
        keys.map(([attribute, value]) => [tenant, type, attribute, postgresDialect.indexEntry(value), key]),
    },
  },
  {
    statement: prepared(insertResources),
    indexing: prepared(`
      with texts as (
        select a.tenant, a.type, a.attribute, x.key, ${textAtSql('x.search::jsonb', 'a.path')} as text
        from ${unnested(addedColumns, searchColumns)} join ${attributesOfRow}),
      indexed as (${insertTextsSql('texts')})
      ${insertResources}`),
    rows: {
      addResource: ({ tenant, key, type, id, created, predecessor, content }) => [
        [tenant, key, type, id, created, predecessor, ...contentOf(content)],
      ],
    },
  },
  {
    statement: prepared(rewriteResources),
    // A changed text has another entry, so no entry is both deleted and inserted.
    indexing: prepared(`
      with texts as materialized (
        select a.tenant, a.type, a.attribute, x.key, ${textAtSql('r.search', 'a.path')} as former,
          ${textAtSql('x.search::jsonb', 'a.path')} as text
        from ${unnested(rewrittenColumns, searchColumns)} join ${attributesOfRow}
          join resources r on r.tenant = x.tenant and r.key = x.key),
      changed as (select * from texts where text is distinct from former),
      dropped as (${deleteTextsSql('changed', 'former')}),
      indexed as (${insertTextsSql('changed')})
      ${rewriteResources}`),
    rows: {
      rewriteResource: ({ tenant, key, type, content }) => [[tenant, key, type, ...contentOf(content)]],
    },
  },
  {
    statement: prepared(`
      update resources r set version = x.version, last_modified = x.last_modified,
        search = jsonb_set(r.search, '{meta,lastModified}', to_jsonb(x.last_modified))
      from ${unnested('tenant bigint, key bigint, version int, last_modified bigint')}
      where r.tenant = x.tenant and r.key = x.key`),
    rows: {
      touchResource: ({ tenant, key, version, lastModified }) => [[tenant, key, version, lastModified]],
    },
  },
  {
    statement: prepared(`
      insert into keys (tenant, type, attribute, value, rival, resource, whole)
      select tenant, type, attribute, value, rival, resource, whole
      from ${unnested(`tenant bigint, type text, attribute text, value text, whole text, rival bigint, resource bigint`)}
      order by tenant, type collate "C", attribute collate "C", value collate "C", rival`),
    rows: {
      addKeys: ({ tenant, type, key, keys }) =>
        keys.map(({ attribute, value, exclusive }) => [
          tenant,
          type,
          attribute,
          ...toEntry(value),
          exclusive ? 0 : key,
          key,
        ]),
    },
  },
  {
    statement: prepared(`
      with linked as (
        update memberships m set member_key = x.key from ${unnested('tenant bigint, id text, key bigint')}
        where m.tenant = x.tenant and m.member_id = x.id and m.member_key is null
        returning m.tenant, m.group_key, m.member_id, m.member_key)
      update membership_events e set member_key = l.member_key from linked l
      where e.tenant = l.tenant and e.group_key = l.group_key and e.member_id = l.member_id and e.member_key is null`),
    rows: { linkMember: ({ tenant, id, key }) => [[tenant, postgresDialect.indexEntry(id), key]] },
  },
  {
    statement: prepared(`
      delete from memberships m using ${unnested('tenant bigint, owner bigint, member_id text')}
      where m.tenant = x.tenant and m.group_key = x.owner and m.member_id = x.member_id`),
    rows: { removeMembers: change => membersOf(change).map(row => row.slice(0, 3)) },
  },
  {
    statement: prepared(`
      insert into memberships (tenant, group_key, member_id, whole, member_key, at, via, sent_display, folded_sent_display, key)
      select *, nextval('membership_key') from ${unnested(membershipColumns)}`),
    rows: { addMembers: membersOf },
  },
  {
    // One statement, because both tables share the sequence, which follows the order of the arrays.
    statement: prepared(`
      with history as materialized (select *, nextval('moment') as moment from ${unnested(historyColumns)}),
        of_versions as (
          insert into versions (tenant, resource_key, moment, version, at, exchange, via, action, document, difference,
            previous_document)
          select tenant, owner, moment, version, at, exchange, via, action, document, difference, previous_document
          from history where version is not null)
      insert into membership_events (tenant, group_key, moment, event, at, exchange, via, member_id, whole, member_key)
      select tenant, owner, moment, action, at, exchange, via, member_id, whole, member_key
      from history where version is null`),
    rows: {
      version: ({ tenant, key, version, action, at, exchange, via, ...of }) => [
        [
          tenant,
          key,
          at,
          exchange,
          via,
          action,
          version,
          of.document,
          of.difference,
          of.previousDocument,
          ...noMember,
        ],
      ],
      removeMembers: eventsOf('removed'),
      addMembers: eventsOf('added'),
      purgeRecords: ({ tenant, records, at }) =>
        records.map(({ key, version }) => [
          tenant,
          key,
          at,
          null,
          null,
          'purged',
          version,
          null,
          null,
          null,
          ...noMember,
        ]),
    },
  },
  {
    statement: prepared(`
      update deleted_resources d set successor = x.successor
      from ${unnested('tenant bigint, key bigint, successor text')}
      where d.tenant = x.tenant and d.key = x.key`),
    rows: { setSuccessor: ({ tenant, key, successor }) => [[tenant, key, successor]] },
  },
  {
    statement: prepared(`
      insert into deleted_resources (tenant, key, type, id, label, folded_label, display, names, document, groups, version,
        created, last_written, deleted_at, exchange, state, predecessor)
      select r.tenant, r.key, r.type, r.id, r.label, x.folded_label, r.display, r.names,
        case x.state when 'retained' then r.document end, x.groups::jsonb, r.version,
        r.created, r.last_modified, x.at, x.exchange, x.state, r.predecessor
      from ${unnested(`tenant bigint, key bigint, folded_label text, groups text, at bigint, exchange text, state text`)}
        join resources r on r.tenant = x.tenant and r.key = x.key`),
    rows: {
      addDeleted: ({ tenant, key, foldedLabel, groups, at, exchange, state }) => [
        [tenant, key, foldedLabel, groups, at, exchange, state],
      ],
    },
  },
  {
    statement: prepared(`
      update account_assignments a set deleted_at = x.at, deletion_exchange = x.exchange
      from ${unnested('tenant bigint, id text, type text, at bigint, exchange text')}
      where a.tenant = x.tenant and a.principal_id = x.id and a.principal_type = x.type and a.deleted_at is null`),
    rows: { dropAssignments: ({ tenant, id, type, at, exchange }) => [[tenant, id, type, at, exchange]] },
  },
  {
    statement: prepared(dropResources),
    indexing: prepared(`
      with texts as materialized (
        select a.tenant, a.type, a.attribute, x.key, ${textAtSql('r.search', 'a.path')} as former
        from ${unnested(droppedColumns)} join ${attributesOfRow}
          join resources r on r.tenant = x.tenant and r.key = x.key),
      dropped as (${deleteTextsSql('texts', 'former')})
      ${dropResources}`),
    rows: { dropResource: ({ tenant, key, type }) => [[tenant, key, type]] },
  },
  {
    statement: prepared(`
      update deleted_resources d set state = 'purged', document = null
      from ${unnested('tenant bigint, key bigint')} where d.tenant = x.tenant and d.key = x.key`),
    rows: { purgeRecords: ({ tenant, records }) => records.map(({ key }) => [tenant, key]) },
  },
  {
    // Transactions that add to the same row would wait for each other, so each connection has its own.
    statement: prepared(`
      insert into counts as c (tenant, type, block, slot, n)
      select tenant, type, block, pg_backend_pid(), sum(by)
      from ${unnested('tenant bigint, type text, block bigint, by int')}
      group by tenant, type, block order by tenant, type collate "C", block
      on conflict (tenant, type, block, slot) do update set n = c.n + excluded.n`),
    rows: { addResource: countOf(1), dropResource: countOf(-1) },
  },
]

type AnyRows = (change: PlanChange['row']) => readonly Row[]

/** A statement with more rows would delay other work of the event loop. */
const maxRows = 1_000

export function* changeQueries(changes: readonly PlanChange[], hasTextIndex: boolean): Generator<Query> {
  for (const write of writes) {
    let rows: Row[] = []
    for (const { change, row } of changes) {
      const toRows = write.rows[change] as AnyRows | undefined
      if (!toRows) continue
      rows.push(...toRows(row))
      if (rows.length < maxRows) continue
      yield toQuery(write, rows, hasTextIndex)
      rows = []
    }
    if (rows.length > 0) yield toQuery(write, rows, hasTextIndex)
  }
}

const toQuery = (
  { statement, indexing = statement }: Write,
  rows: readonly Row[],
  hasTextIndex: boolean,
): Query => ({ ...(hasTextIndex ? indexing : statement), values: toArrays(rows) })
