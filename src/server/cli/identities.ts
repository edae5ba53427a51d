import { type Command, Option } from 'commander'
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
import { atOption, limitOption, listingCommand, tenantOption } from './options.ts'
import { formatTime, printableJson } from './output.ts'
import { createSession, list, resolveTenant, type Session } from './session.ts'
import { type Column, formatRecord, formatTable, type Tone } from './table.ts'

type AttributeValues = AttributeHistory['items'][number]
type Row = Pick<AttributeValues, 'path'> & AttributeValues['values'][number] & { readonly name?: string }

/** One row for each value of each attribute, with the name of the user or group whose ID it is. */
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

/** Identities that can sign in at AWS stand out. */
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

/** The commands for users or groups; `noun` is also the collection in the API. */
function identityCommands(group: Command, noun: Noun): Command {
  const singular = noun.slice(0, -1)
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
    .command('show <name>')
    .description(`Show a ${singular} with its SCIM document`)
    .addOption(tenantOption())
    .addOption(atOption())
    .action((name, options, command) => showIdentity(noun, name, options, command))
  group
    .command('history <name>')
    .description(`List the revisions and membership changes of a ${singular}, newest first`)
    .addOption(tenantOption())
    .addOption(limitOption(50))
    .action((name, options, command) => listHistory(noun, name, options, command))
  group
    .command('attributes <name>')
    .description(`List the values of each attribute of a ${singular}, newest first`)
    .addOption(tenantOption())
    .action((name, options, command) => listAttributes(noun, name, options, command))
  group.addHelpText(
    'after',
    `\n<name> is an ID or its beginning, a ${noun === 'users' ? 'userName' : 'group name'}, or a part of ${noun === 'users' ? 'it' : 'one'} that only one of the ${noun} has.`,
  )
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
      columns: noun === 'groups' ? groupColumns : identityColumns,
      nothing: isFiltered ? `No matching ${noun} in tenant ${id}.` : `Tenant ${id} has no ${noun}.`,
    },
  )
}

async function showIdentity(
  noun: Noun,
  text: string,
  { tenant, at }: TenantOption & AsOfOption,
  command: Command,
): Promise<void> {
  const session = createSession(command)
  const { api, show } = session
  const params = await resolveIdentity(session, noun, tenant, text)
  const identity = await api.call(`GET /tenants/:tenant/${noun}/:id`, { params, query: { at } })
  show(identity, formatIdentity(identity))
}

/** The parameters of a request about the identity that the command line names. */
async function resolveIdentity(session: Session, noun: Noun, named: string | undefined, text: string) {
  const tenant = await resolveTenant(session.api, named)
  return { tenant, id: await findIdentity(session, noun, tenant, text) }
}

async function listHistory(noun: Noun, text: string, options: ListOptions, command: Command): Promise<void> {
  const { tenant, limit } = options
  const session = createSession(command)
  const params = await resolveIdentity(session, noun, tenant, text)
  await list(
    session,
    `GET /tenants/:tenant/${noun}/:id/history`,
    { params },
    { limit, columns: historyColumns, nothing: 'No history.' },
  )
}

async function listAttributes(
  noun: Noun,
  text: string,
  { tenant }: TenantOption,
  command: Command,
): Promise<void> {
  const session = createSession(command)
  const { api, show, layout } = session
  const params = await resolveIdentity(session, noun, tenant, text)
  const history = await api.call(`GET /tenants/:tenant/${noun}/:id/attributes`, { params })
  show(history, formatTable(attributeColumns, toAttributeRows(history), layout))
}

/** `scimulator groups`: the groups of a tenant. */
export function groupsCommand(groups: Command): void {
  identityCommands(groups, 'groups')
    .command('members <name>')
    .description('List the members of a group (AWS does not return members)')
    .addOption(tenantOption())
    .addOption(limitOption(50))
    .addOption(atOption())
    .action(listMembers)
}

async function listMembers(text: string, options: ListOptions & AsOfOption, command: Command): Promise<void> {
  const { tenant, limit, at } = options
  const session = createSession(command)
  const params = await resolveIdentity(session, 'groups', tenant, text)
  await list(
    session,
    'GET /tenants/:tenant/groups/:id/members',
    { params, query: { at } },
    { limit, columns: memberColumns, nothing: 'No members.' },
  )
}

/** `scimulator users`: the users of a tenant. */
export const usersCommand = (users: Command): Command => identityCommands(users, 'users')
