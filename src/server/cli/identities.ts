import type {
  AttributeHistory,
  HistoryEntry,
  Identity,
  IdentityDetail,
  IdentityStatus,
  Member,
  RelatedResource,
} from '../../domain/contract/identities.ts'
import { compact } from '../../scim/json.ts'
import { findIdentity, type Noun } from './find-identity.ts'
import { lists, noun, runs } from './noun.ts'
import { at, choice, limit, text } from './options.ts'
import { formatTime, printableJson } from './output.ts'
import type { Session } from './session.ts'
import { type Column, formatRecord, formatTable, type Layout, type Tone } from './table.ts'

const sorts = [
  ...(['label', 'display', 'lastModified', 'created'] as const),
  ...(['-label', '-display', '-lastModified', '-created'] as const),
]

type AttributeValues = AttributeHistory['items'][number]
type Row = Pick<AttributeValues, 'path'> & AttributeValues['values'][number] & { readonly name?: string }

const toAttributeRows = ({ items, names }: AttributeHistory): readonly Row[] =>
  items.flatMap(({ path, values }) =>
    values.map(value => ({ path, ...value, ...compact({ name: names[String(value.value)] }) })),
  )

const attributeColumns: readonly Column<Row>[] = [
  { name: 'attribute', of: ({ path }) => path },
  {
    name: 'value',
    of: ({ value, name }) => {
      const text = typeof value === 'string' ? value : JSON.stringify(value)
      return name === undefined ? text : `${name} (${text})`
    },
  },
  { name: 'since', of: ({ at }) => formatTime(at) },
  { name: 'revision', of: ({ revision }) => revision },
  { name: 'request', of: ({ exchange }) => exchange },
]

const identityColumns: readonly Column<Identity>[] = [
  { name: 'id', of: ({ id }) => id, shows: 'id' },
  { name: 'status', of: ({ status }) => status, tone: ({ status }) => toneOfState(status) },
  { name: 'name', of: ({ label }) => label },
  { name: 'display', of: ({ display }) => display },
  { name: 'revisions', of: ({ revisions }) => revisions, isExtra: true },
  { name: 'last modified', of: ({ lastModified }) => formatTime(lastModified), shows: 'whole' },
  { name: 'last seen', of: ({ lastSeen }) => formatTime(lastSeen), shows: 'whole', isExtra: true },
]

const groupColumns: readonly Column<Identity>[] = identityColumns.toSpliced(4, 0, {
  name: 'members',
  of: ({ members }) => members,
})

const toneOfState = (status: IdentityStatus): Tone | undefined =>
  status === 'active' ? 'good' : status === 'disabled' ? 'warning' : 'muted'

const memberColumns: readonly Column<Member>[] = [
  { name: 'id', of: ({ id }) => id, shows: 'id' },
  { name: 'type', of: ({ type }) => type ?? 'unknown' },
  { name: 'display', of: ({ display }) => display },
  { name: 'joined', of: ({ joined }) => formatTime(joined), shows: 'whole' },
  { name: 'request', of: ({ exchange }) => exchange, shows: 'whole', isExtra: true },
]

const historyColumns: readonly Column<HistoryEntry>[] = [
  { name: 'time', of: ({ at }) => formatTime(at), shows: 'whole' },
  { name: 'change', of: describeHistoryEntry },
  { name: 'revision', of: entry => (entry.kind === 'revision' ? entry.revision : undefined) },
  { name: 'changed by', of: describeVia, isExtra: true },
  { name: 'request', of: ({ exchange }) => exchange, shows: 'whole' },
]

function describeVia({ via, cause, exchange }: HistoryEntry): string | undefined {
  if (!via) return exchange === undefined ? undefined : 'SCIM'
  if (via.api === 'import') return 'import'
  return `${[via.api, cause?.operation].filter(Boolean).join(' ')}, key ${via.accessKey}`
}

function describeHistoryEntry(entry: HistoryEntry): string {
  if (entry.kind === 'revision') return entry.action
  const { event, group, member } = entry
  return `${relatedName(member)} ${event} ${event === 'added' ? 'to' : 'from'} ${relatedName(group)}`
}

const relatedName = ({ id, display }: RelatedResource): string => display ?? id

function formatIdentity(identity: IdentityDetail, _called: unknown, layout: Layout): string {
  const { groups, document } = identity
  const parts = [formatFacts(identity)]
  if (groups.length > 0) parts.push(formatTable(relatedColumns, groups, layout))
  if (document !== undefined) parts.push(`${printableJson(document, 2)}\n`)
  return parts.join('\n')
}

const relatedColumns: readonly Column<RelatedResource>[] = [
  { name: 'group', of: relatedName },
  { name: 'id', of: ({ id }) => id },
]

const formatFacts = (identity: IdentityDetail): string =>
  formatRecord([
    ['id', identity.id],
    ['type', identity.type],
    ['status', identity.status],
    ['name', identity.label],
    ['display', identity.display],
    ['revisions', identity.revisions],
    ['created', formatTime(identity.created)],
    ['last modified', formatTime(identity.lastModified)],
    ['last seen', formatTime(identity.lastSeen)],
    ...optionalFact('deleted', formatTime(identity.deleted?.at)),
    ...optionalFact('deleted by', identity.deleted?.exchange),
    ...optionalFact('predecessor', identity.predecessor),
    ...optionalFact('successor', identity.successor),
  ])

const optionalFact = (name: string, value: string | undefined): readonly (readonly [string, string])[] =>
  value === undefined ? [] : [[name, value]]

function commandsOf(collection: Noun) {
  const singular = collection.slice(0, -1)
  const finds = async (session: Session, tenant: string, { name }: { readonly name: string }) => ({
    id: await findIdentity(session, collection, tenant, name),
  })
  return [
    lists('list', `GET /tenants/:tenant/${collection}`, `List ${collection}, newest first`, {
      flags: {
        status: choice(['active', 'disabled', 'retained', 'removed', 'deleted'], 'Filter by status'),
        sort: choice(sorts, 'Sort by this; - for descending'),
        text: text('text', 'Filter by text in the name'),
        at,
      },
      columns: collection === 'groups' ? groupColumns : identityColumns,
      nothing: ({ tenant, status, text, at }) =>
        [status, text, at].some(filter => filter !== undefined)
          ? `No matching ${collection} in tenant ${tenant}.`
          : `Tenant ${tenant} has no ${collection}.`,
    }),
    runs(
      'show <name>',
      `GET /tenants/:tenant/${collection}/:id`,
      `Show a ${singular} with its SCIM document`,
      { flags: { at }, finds, shows: formatIdentity },
    ),
    lists(
      'history <name>',
      `GET /tenants/:tenant/${collection}/:id/history`,
      `List the revisions and membership changes of a ${singular}, newest first`,
      { finds, columns: historyColumns, nothing: 'No history.' },
    ),
    runs(
      'attributes <name>',
      `GET /tenants/:tenant/${collection}/:id/attributes`,
      `List the values of each attribute of a ${singular}, newest first`,
      {
        finds,
        shows: (history, _, layout) => formatTable(attributeColumns, toAttributeRows(history), layout),
      },
    ),
  ]
}

export const users = noun(
  commandsOf('users'),
  '\n<name> is an ID or its beginning, a userName, or a part of it that only one of the users has.',
)

export const groups = noun(
  [
    ...commandsOf('groups'),
    lists(
      'members <name>',
      'GET /tenants/:tenant/groups/:id/members',
      'List the members of a group (AWS does not return members)',
      {
        flags: { limit, at },
        finds: async (session, tenant, { name }) => ({
          id: await findIdentity(session, 'groups', tenant, name),
        }),
        columns: memberColumns,
        nothing: 'No members.',
      },
    ),
  ],
  '\n<name> is an ID or its beginning, a group name, or a part of one that only one of the groups has.',
)
