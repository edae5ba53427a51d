import { readFileSync } from 'node:fs'
import type { Command } from 'commander'
import type { Declarations, Types } from '../../domain/contract/types.ts'
import { parseJson } from '../../scim/json-error.ts'
import { CliError, wrongUse } from './cli-error.ts'
import { createSession, resolveTenant } from './session.ts'
import { type Cell, formatTable } from './table.ts'

type Options = { readonly set?: string; readonly clear?: true }

/** `scimulator tenants types`: the custom resource types of a tenant. */
export const typesCommand = (tenants: Command): Command =>
  tenants
    .command('types [tenant]')
    .description('Show or set the custom resource types of a tenant')
    .option(
      '--set <file>',
      'Set the types from a JSON file with "schemas" and "resourceTypes" (-: standard input)',
    )
    .option('--clear', 'Remove all custom types')
    .action(showTypes)

async function showTypes(
  named: string | undefined,
  { set, clear }: Options,
  command: Command,
): Promise<void> {
  if (set !== undefined && clear) throw wrongUse('Use either --set or --clear.')
  const declared = set === undefined ? undefined : readDeclarations(set)
  const { api, show } = createSession(command)
  const tenant = await resolveTenant(api, named, 'an argument')
  if (clear) {
    show(
      await api.call('DELETE /tenants/:tenant/types', { params: { tenant } }),
      `Removed the custom types of tenant ${tenant}.\n`,
    )
    return
  }
  const types =
    declared === undefined
      ? await api.call('GET /tenants/:tenant/types', { params: { tenant } })
      : await api.call('PUT /tenants/:tenant/types', { params: { tenant }, body: declared })
  show(types, formatTypes(tenant, types))
}

/** The API validates the declarations. */
function readDeclarations(file: string): Declarations {
  try {
    return parseJson(readFileSync(file === '-' ? 0 : file, 'utf8')) as Declarations
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new CliError(`Cannot read ${file} as JSON: ${reason}`)
  }
}

function formatTypes(tenant: string, { resourceTypes, active }: Types): string {
  if (resourceTypes.length === 0) return `Tenant ${tenant} has no custom types.\n`
  const table = formatTable(
    [
      { name: 'type', of: ({ name }) => toCell(name) },
      { name: 'endpoint', of: ({ endpoint }) => toCell(endpoint) },
      { name: 'schema', of: ({ schema }) => toCell(schema) },
      {
        name: 'extensions',
        of: ({ schemaExtensions }) => extensionNames(schemaExtensions).join(', '),
      },
    ],
    resourceTypes,
  )
  return active ? table : `${table}Not active: the types of this profile are fixed.\n`
}

const toCell = (value: unknown): Cell => (typeof value === 'string' ? value : undefined)

const extensionNames = (extensions: unknown): readonly unknown[] =>
  Array.isArray(extensions) ? extensions.map(({ schema }) => schema) : []
