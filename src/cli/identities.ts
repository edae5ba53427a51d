import { type Command, Option } from 'commander'
import { apiPath } from './api-client.ts'
import { type AttributeHistoryAnswer, attributeColumns, attributeRows } from './attribute-history.ts'
import {
  type HistoryAnswer,
  historyColumns,
  type IdentityAnswer,
  identityColumns,
  identityInWords,
} from './identity-in-words.ts'
import { list } from './listing.ts'
import { atOption, limitOption, listingCommand, tenantOption } from './options.ts'
import { sessionOf } from './session.ts'
import { table } from './table.ts'
import { whichTenant } from './which-tenant.ts'

export type Named = { readonly tenant?: string }
export type Then = { readonly at?: string }
export type Listed = Named & { readonly limit: number }

/** The commands that users and groups have in common; `noun` is also the name in the API. */
export function identityCommands(program: Command, noun: string): Command {
  const group = program.command(noun).description(`the ${noun} of a tenant, also those that were deleted`)
  listingCommand(group, `list the ${noun}, newest first`)
    .addOption(tenantOption())
    .addOption(
      new Option('--status <status>', 'only those').choices(['active', 'disabled', 'retained', 'removed']),
    )
    .option('--text <text>', 'only those with this text in their name')
    .addOption(atOption())
    .addOption(limitOption(50))
    .action((options, command) => listIdentities(noun, options, command))
  group
    .command('show <id>')
    .description('show one with its SCIM document')
    .addOption(tenantOption())
    .addOption(atOption())
    .action((id, options, command) => showIdentity(noun, id, options, command))
  group
    .command('history <id>')
    .description('list the versions and membership changes of one, newest first')
    .addOption(tenantOption())
    .addOption(limitOption(50))
    .action((id, options, command) => listHistory(noun, id, options, command))
  group
    .command('attributes <id>')
    .description('list the values that each attribute of one had, newest first')
    .addOption(tenantOption())
    .action((id, options, command) => listAttributes(noun, id, options, command))
  return group
}

type Filters = Listed & Then & { readonly status?: string; readonly text?: string }

async function listIdentities(noun: string, options: Filters, command: Command): Promise<void> {
  const { tenant, limit, status, text, at } = options
  const session = sessionOf(command)
  const id = await whichTenant(session.api, tenant)
  const filtered = status !== undefined || text !== undefined || at !== undefined
  await list<IdentityAnswer>(session, {
    path: apiPath('tenants', id, noun),
    query: { status, text, at },
    limit,
    columns: identityColumns,
    nothing: filtered ? `No ${noun} of the tenant ${id} are like that.` : `The tenant ${id} has no ${noun}.`,
  })
}

async function showIdentity(
  noun: string,
  id: string,
  { tenant, at }: Named & Then,
  command: Command,
): Promise<void> {
  const { api, show } = sessionOf(command)
  const path = apiPath('tenants', await whichTenant(api, tenant), noun, id)
  const identity = await api.get<IdentityAnswer>(path, { query: { at } })
  show(identity, identityInWords(identity))
}

async function listHistory(noun: string, id: string, options: Listed, command: Command): Promise<void> {
  const { tenant, limit } = options
  const session = sessionOf(command)
  await list<HistoryAnswer>(session, {
    path: apiPath('tenants', await whichTenant(session.api, tenant), noun, id, 'history'),
    limit,
    columns: historyColumns,
    nothing: 'Nothing is known of its history.',
  })
}

async function listAttributes(noun: string, id: string, { tenant }: Named, command: Command): Promise<void> {
  const { api, show } = sessionOf(command)
  const path = apiPath('tenants', await whichTenant(api, tenant), noun, id, 'attributes')
  const answer = await api.get<AttributeHistoryAnswer>(path)
  show(answer, table(attributeColumns, attributeRows(answer)))
}
