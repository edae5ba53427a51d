import type { Command } from 'commander'
import { apiPath } from './api-client.ts'
import { identityCommands, type Listed, type Then } from './identities.ts'
import { memberColumns, type RelatedAnswer } from './identity-in-words.ts'
import { list } from './listing.ts'
import { atOption, limitOption, tenantOption } from './options.ts'
import { sessionOf } from './session.ts'
import { whichTenant } from './which-tenant.ts'

/** `scimulator groups`: the groups of a tenant. */
export function groupsCommand(program: Command): void {
  identityCommands(program, 'groups')
    .command('members <id>')
    .description('list the members of one, which AWS never shows')
    .addOption(tenantOption())
    .addOption(limitOption(50))
    .addOption(atOption())
    .action(listMembers)
}

async function listMembers(id: string, options: Listed & Then, command: Command): Promise<void> {
  const { tenant, limit, at } = options
  const session = sessionOf(command)
  await list<RelatedAnswer>(session, {
    path: apiPath('tenants', await whichTenant(session.api, tenant), 'groups', id, 'members'),
    query: { at },
    limit,
    columns: memberColumns,
    nothing: 'The group has no members.',
  })
}
