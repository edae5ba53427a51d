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

/** `scimulator tenants types`: the resource types of a tenant beside those of the RFC. */
export const typesCommand = (tenants: Command): Command =>
  tenants
    .command('types [tenant]')
    .description('show the resource types that a tenant declares, or declare others')
    .option(
      '--set <file>',
      'declare those of a JSON file with "schemas" and "resourceTypes"; - reads the input',
    )
    .option('--clear', 'go back to the types of the RFC')
    .action(showTypes)

async function showTypes(
  named: string | undefined,
  { set, clear }: Options,
  command: Command,
): Promise<void> {
  if (set !== undefined && clear) throw wrongUse('Give --set or --clear, not both.')
  const declared = set === undefined ? undefined : readJsonFile(set)
  const { api, show } = createSession(command)
  const tenant = await resolveTenant(api, named)
  const path = apiPath('tenants', tenant, 'types')
  if (clear) {
    show(await api.delete(path), `The tenant ${tenant} has the types of the RFC.\n`)
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
    throw new CliError(`The file ${file} can't be read as JSON: ${reason}`)
  }
}

function formatTypes(tenant: string, { resourceTypes, inForce }: TypesAnswer): string {
  if (resourceTypes.length === 0) return `The tenant ${tenant} declares no types.\n`
  const listed = formatTable(
    [
      { name: 'type', of: ({ name }) => name },
      { name: 'endpoint', of: ({ endpoint }) => endpoint },
      { name: 'schema', of: ({ schema }) => schema },
      {
        name: 'extensions',
        of: ({ schemaExtensions = [] }) => schemaExtensions.map(one => one.schema).join(', '),
      },
    ],
    resourceTypes,
  )
  return inForce ? listed : `${listed}They are not in force: the types of the profile are fixed.\n`
}
