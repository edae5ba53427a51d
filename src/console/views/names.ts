import type { Exchange } from '../../domain/journal/exchange.ts'
import type { Directory } from '../../domain/ports/directory.ts'
import type { TenantStore } from '../../domain/tenants/tenant.ts'
import type { Explanation } from '../../insight/analysis/explanation/explanation.ts'

type NameDeps = {
  readonly tenants: Pick<TenantStore, 'find'>
  readonly directory: Pick<Directory, 'findLabel'>
}

/** More ids than these keep their form: each needs a look-up. */
const maxNames = 50

const referencedTypes = ['User', 'Group']

export async function findNames(
  { tenants, directory }: NameDeps,
  exchange: Exchange,
  explanation: Pick<Explanation, 'operations' | 'resources'>,
): Promise<Readonly<Record<string, string>>> {
  const tenant = tenants.find(exchange.tenant ?? '')
  if (!tenant) return {}
  const { operations, resources } = explanation
  const differences = [...operations, ...resources].flatMap(one => one.differences)
  return nameIds(directory, tenant.key, valuesOf(differences))
}

type Changed = { readonly before?: unknown; readonly after?: unknown }

export const valuesOf = (differences: readonly Changed[]): readonly unknown[] =>
  differences.flatMap(({ before, after }) => [before, after])

export async function nameIds(
  directory: NameDeps['directory'],
  tenant: number,
  values: readonly unknown[],
): Promise<Readonly<Record<string, string>>> {
  const ids = [...new Set(values.filter(value => typeof value === 'string' && isId(value)) as string[])]
  const found = await Promise.all(
    ids.slice(0, maxNames).map(async id => [id, await findName(directory, tenant, id)] as const),
  )
  return Object.fromEntries(found.filter((entry): entry is [string, string] => entry[1] !== undefined))
}

/** Ids are UUIDs, on AWS with a prefix of the identity store. */
const isId = (value: string): boolean =>
  /^([0-9a-f]{10}-)?[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(value)

async function findName(
  directory: NameDeps['directory'],
  tenant: number,
  id: string,
): Promise<string | undefined> {
  for (const type of referencedTypes) {
    const label = await directory.findLabel(tenant, type, id)
    if (label !== undefined) return label
  }
  return undefined
}
