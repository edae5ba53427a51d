import { readFileSync } from 'node:fs'
import type { Command } from 'commander'
import { apiPath } from './api-client.ts'
import { CliError, wrongUse } from './cli-error.ts'
import { formatTable } from './output.ts'
import { createSession, resolveTenant } from './session.ts'

type TypesAnswer = {
  readonly schemas: readonly unknown[]
  readonly resourceTypes: readonly {
    readonly name: string
    readonly endpoint?: string
    readonly schema?: string
    readonly schemaExtensions?: readonly { readonly schema: string }[]
  }[]
  readonly inForce: boolean
}

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
  const declared = set === undefined ? undefined : readJsonFile(set)
  const { api, show } = createSession(command)
  const tenant = await resolveTenant(api, named)
  const path = apiPath('tenants', tenant, 'types')
  if (clear) {
    show(await api.delete(path), `Removed the custom types of tenant ${tenant}.\n`)
    return
  }
  const types =
    declared === undefined
      ? await api.get<TypesAnswer>(path)
      : await api.put<TypesAnswer>(path, { body: declared })
  show(types, formatTypes(tenant, types))
}

function readJsonFile(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file === '-' ? 0 : file, 'utf8'))
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new CliError(`Cannot read ${file} as JSON: ${reason}`)
  }
}

function formatTypes(tenant: string, { resourceTypes, inForce }: TypesAnswer): string {
  if (resourceTypes.length === 0) return `Tenant ${tenant} has no custom types.\n`
  const table = formatTable(
    [
      { name: 'type', of: ({ name }) => name },
      { name: 'endpoint', of: ({ endpoint }) => endpoint },
      { name: 'schema', of: ({ schema }) => schema },
      {
        name: 'extensions',
        of: ({ schemaExtensions = [] }) => schemaExtensions.map(({ schema }) => schema).join(', '),
      },
    ],
    resourceTypes,
  )
  return inForce ? table : `${table}Not active: the types of this profile are fixed.\n`
}
