import { setImmediate as nextTurn } from 'node:timers/promises'
import { currentValues } from '../../entra/current-value.ts'
import { type Drift, driftBetween, mappedFrom } from '../../entra/drift.ts'
import { matchingAttribute } from '../../entra/exported.ts'
import type { ObjectMapping } from '../../entra/mapping.ts'
import { parseTarget } from '../../entra/target-path.ts'
import type { Directory, Identity } from '../../provider/directory.ts'
import type { JsonObject } from '../../scim/json.ts'
import { fold } from '../../scim/text.ts'
import type { Export, ExportRow } from './export.ts'
import { createMembersDrift } from './members-drift.ts'
import { portion } from './read-export.ts'

/** What an export and the directory have in common, and what not. */
export type Reconciliation = {
  readonly inSync: number
  /** In the export alone. */
  readonly missing: readonly ExportRow[]
  /** In the directory alone, newest first; what a client has deleted is not in it. */
  readonly extra: readonly Identity[]
  readonly different: readonly Different[]
}

export type Different = { readonly identity: Identity; readonly drift: readonly Drift[] }

/**
 * Holds an export against a tenant's directory through the mapping: objects are found as Entra ID finds them, by the
 * matching attribute whatever its case, and compared in those attributes that the export tells.
 */
export async function reconcile(
  { type, rows }: Export,
  mapping: ObjectMapping,
  directory: Directory,
  tenant: number,
): Promise<Reconciliation> {
  const waiting = new Map(rows.map((row, at) => [fold(row.label), { row, at }]))
  const membersDrift = createMembersDrift(directory, tenant, type)
  const mappingFor = rememberedByShape(mapping)
  const extra: Identity[] = []
  const different: (Different & { readonly at: number })[] = []
  for await (const identity of living(directory, tenant, type)) {
    const document: JsonObject = JSON.parse(identity.document ?? '{}')
    const key = matchedBy(mapping, document)
    const found = key === undefined ? undefined : waiting.get(key)
    if (key === undefined || !found) {
      extra.push(identity)
      continue
    }
    waiting.delete(key)
    const { row, at } = found
    const isEnabled = identity.status === 'active'
    const drift = [
      ...driftBetween(mappingFor(row), row.context, document, isEnabled),
      ...(row.members ? await membersDrift(identity, row.members) : []),
    ]
    if (drift.length > 0) different.push({ identity, drift, at })
  }
  return {
    inSync: rows.length - waiting.size - different.length,
    missing: [...waiting.values()].map(({ row }) => row),
    extra,
    different: different.sort((one, other) => one.at - other.at),
  }
}

/** Everybody but those whom a client has deleted. */
async function* living(directory: Directory, tenant: number, type: string): AsyncGenerator<Identity> {
  for (const status of ['active', 'disabled'] as const) {
    let cursor: string | undefined
    do {
      const page = await directory.identities(tenant, type, {
        status,
        limit: portion,
        ...(cursor !== undefined && { cursor }),
      })
      yield* page.items
      cursor = page.next
      await nextTurn()
    } while (cursor !== undefined)
  }
}

function matchedBy(mapping: ObjectMapping, document: JsonObject): string | undefined {
  const matching = matchingAttribute(mapping)
  const [held] = matching ? currentValues(document, parseTarget(matching.target)) : []
  return typeof held === 'string' ? fold(held) : undefined
}

/** Rows of one file mostly tell the same attributes. */
function rememberedByShape(mapping: ObjectMapping): (row: ExportRow) => ObjectMapping {
  const shapes = new Map<string, ObjectMapping>()
  return ({ known }) => {
    const shape = [...known].join()
    const mapped = shapes.get(shape) ?? mappedFrom(mapping, known)
    shapes.set(shape, mapped)
    return mapped
  }
}
