import { type Command, Option } from 'commander'
import type {
  AttributeHistory,
  HistoryEntry,
  Identity,
  IdentityDetail,
  IdentityStatus,
  RelatedResource,
} from '../contract/identities.ts'
import { atOption, limitOption, listingCommand, tenantOption } from './options.ts'
import { type Column, formatRecord, formatTable, formatTime, printableJson } from './output.ts'
import { createSession, list, resolveTenant } from './session.ts'

type AttributeValues = AttributeHistory['items'][number]
type Row = Pick<AttributeValues, 'path'> & AttributeValues['values'][number]

/** One row for each value of each attribute. */
const toAttributeRows = ({ items }: AttributeHistory): readonly Row[] =>
  items.flatMap(({ path, values }) => values.map(value => ({ path, ...value })))

const attributeColumns: readonly Column<Row>[] = [
  { name: 'attribute', of: ({ path }) => path },
  { name: 'value', of: ({ value }) => (typeof value === 'string' ? value : JSON.stringify(value)) },
  { name: 'since', of: ({ at }) => formatTime(at) },
  { name: 'revision', of: ({ revision }) => revision },
  { name: 'request', of: ({ exchange }) => exchange },
]

const identityColumns: readonly Column<Identity>[] = [
  { name: 'id', of: ({ id }) => id },
  { name: 'status', of: ({ status }) => status },
  { name: 'name', of: ({ label }) => label },
  { name: 'display', of: ({ display }) => display },
  { name: 'revisions', of: ({ revisions }) => revisions },
  { name: 'last modified', of: ({ lastModified }) => formatTime(lastModified) },
  { name: 'last seen', of: ({ lastSeen }) => formatTime(lastSeen) },
]

const memberColumns: readonly Column<RelatedResource>[] = [
  { name: 'id', of: ({ id }) => id },
  { name: 'type', of: ({ type }) => type ?? 'unknown' },
  { name: 'display', of: ({ display }) => display },
]

const historyColumns: readonly Column<HistoryEntry>[] = [
  { name: 'time', of: ({ at }) => formatTime(at) },
  { name: 'change', of: describeHistoryEntry },
  { name: 'revision', of: entry => (entry.kind === 'revision' ? entry.revision : undefined) },
  { name: 'changed by', of: describeVia },
  { name: 'request', of: ({ exchange }) => exchange },
]

/** The API that made a change; blank for the console. */
function describeVia({ via, cause, exchange }: HistoryEntry): string | undefined {
  if (!via) return exchange === undefined ? undefined : 'SCIM'
  return `${[via.api, cause?.operation].filter(Boolean).join(' ')}, key ${via.accessKey}`
}

function describeHistoryEntry(entry: HistoryEntry): string {
  if (entry.kind === 'revision') return entry.action
  const { event, group, member } = entry
  return `${relatedName(member)} ${event} ${event === 'added' ? 'to' : 'from'} ${relatedName(group)}`
}

const relatedName = ({ id, display }: RelatedResource): string => display ?? id

/** A user or a group with its groups and its SCIM document. */
function formatIdentity(identity: IdentityDetail): string {
  const { groups, document } = identity
  const parts = [formatFacts(identity)]
  if (groups.length > 0)
    parts.push(
      formatTable(
        [
          { name: 'group', of: relatedName },
          { name: 'id', of: ({ id }) => id },
        ],
        groups,
      ),
    )
  if (document !== undefined) parts.push(`${printableJson(document, 2)}\n`)
  return parts.join('\n')
}

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

type TenantOption = { readonly tenant?: string }
type AsOfOption = { readonly at?: string }
type ListOptions = TenantOption & { readonly limit: number }

type Noun = 'users' | 'groups'

/** The commands for users or groups; `noun` is also the collection in the API. */
function identityCommands(program: Command, noun: Noun): Command {
  const singular = noun.slice(0, -1)
  const group = program
    .command(noun)
    .description(`List the ${noun} of a tenant, including deleted ones, and their history`)
  listingCommand(group, `List ${noun}, newest first`)
    .addOption(tenantOption())
    .addOption(
      new Option('--status <status>', 'Filter by status').choices([
        'active',
        'disabled',
        'retained',
        'removed',
      ]),
    )
    .option('--text <text>', 'Filter by text in the name')
    .addOption(atOption())
    .addOption(limitOption(50))
    .action((options, command) => listIdentities(noun, options, command))
  group
    .command('show <id>')
    .description(`Show a ${singular} with its SCIM document`)
    .addOption(tenantOption())
    .addOption(atOption())
    .action((id, options, command) => showIdentity(noun, id, options, command))
  group
    .command('history <id>')
    .description(`List the revisions and membership changes of a ${singular}, newest first`)
    .addOption(tenantOption())
    .addOption(limitOption(50))
    .action((id, options, command) => listHistory(noun, id, options, command))
  group
    .command('attributes <id>')
    .description(`List the values of each attribute of a ${singular}, newest first`)
    .addOption(tenantOption())
    .action((id, options, command) => listAttributes(noun, id, options, command))
  return group
}

type Filters = ListOptions & AsOfOption & { readonly status?: IdentityStatus; readonly text?: string }

async function listIdentities(noun: Noun, options: Filters, command: Command): Promise<void> {
  const { tenant, limit, status, text, at } = options
  const session = createSession(command)
  const id = await resolveTenant(session.api, tenant)
  const isFiltered = status !== undefined || text !== undefined || at !== undefined
  await list(
    session,
    `GET /tenants/:tenant/${noun}`,
    { params: { tenant: id }, query: { status, text, at } },
    {
      limit,
      columns: identityColumns,
      nothing: isFiltered ? `No matching ${noun} in tenant ${id}.` : `Tenant ${id} has no ${noun}.`,
    },
  )
}

async function showIdentity(
  noun: Noun,
  id: string,
  { tenant, at }: TenantOption & AsOfOption,
  command: Command,
): Promise<void> {
  const { api, show } = createSession(command)
  const params = { tenant: await resolveTenant(api, tenant), id }
  const identity = await api.call(`GET /tenants/:tenant/${noun}/:id`, { params, query: { at } })
  show(identity, formatIdentity(identity))
}

async function listHistory(noun: Noun, id: string, options: ListOptions, command: Command): Promise<void> {
  const { tenant, limit } = options
  const session = createSession(command)
  const params = { tenant: await resolveTenant(session.api, tenant), id }
  await list(
    session,
    `GET /tenants/:tenant/${noun}/:id/history`,
    { params },
    { limit, columns: historyColumns, nothing: 'No history.' },
  )
}

async function listAttributes(
  noun: Noun,
  id: string,
  { tenant }: TenantOption,
  command: Command,
): Promise<void> {
  const { api, show } = createSession(command)
  const params = { tenant: await resolveTenant(api, tenant), id }
  const history = await api.call(`GET /tenants/:tenant/${noun}/:id/attributes`, { params })
  show(history, formatTable(attributeColumns, toAttributeRows(history)))
}

/** `scimulator groups`: the groups of a tenant. */
export function groupsCommand(program: Command): void {
  identityCommands(program, 'groups')
    .command('members <id>')
    .description('List the members of a group (AWS does not return members)')
    .addOption(tenantOption())
    .addOption(limitOption(50))
    .addOption(atOption())
    .action(listMembers)
}

async function listMembers(id: string, options: ListOptions & AsOfOption, command: Command): Promise<void> {
  const { tenant, limit, at } = options
  const session = createSession(command)
  const params = { tenant: await resolveTenant(session.api, tenant), id }
  await list(
    session,
    'GET /tenants/:tenant/groups/:id/members',
    { params, query: { at } },
    { limit, columns: memberColumns, nothing: 'No members.' },
  )
}

/** `scimulator users`: the users of a tenant. */
export const usersCommand = (program: Command): Command => identityCommands(program, 'users')
