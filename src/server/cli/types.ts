import { readFileSync } from 'node:fs'
import type { Declarations, Types } from '../../domain/contract/types.ts'
import { parseJson } from '../../scim/json.ts'
import { CliError, wrongUse } from './cli-error.ts'
import { does } from './noun.ts'
import { text, toggle } from './options.ts'
import { resolveTenant } from './session.ts'
import { type Cell, formatTable } from './table.ts'

export const types = does(
  'types [tenant]',
  'Show or set the custom resource types of a tenant',
  {
    flags: {
      set: text(
        'file',
        'Set the types from a JSON file with "schemas" and "resourceTypes" (-: standard input)',
      ),
      clear: toggle('Remove all custom types'),
    },
  },
  async ({ set, clear, ...named }, { api, show }) => {
    if (set !== undefined && clear) throw wrongUse('Use either --set or --clear.')
    const declared = set === undefined ? undefined : readDeclarations(set)
    const tenant = await resolveTenant(api, named.tenant, 'an argument')
    const params = { tenant }
    if (clear) {
      const cleared = await api.call('DELETE /tenants/:tenant/types', { params })
      return show(cleared, `Removed the custom types of tenant ${tenant}.\n`)
    }
    const types =
      declared === undefined
        ? await api.call('GET /tenants/:tenant/types', { params })
        : await api.call('PUT /tenants/:tenant/types', { params, body: declared })
    show(types, formatTypes(tenant, types))
  },
)

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
