import type { Reconciliation as View } from '../../domain/contract/reconcile.ts'
import type { Directory, Identity } from '../../domain/ports/directory.ts'
import {
  matchingAttributes,
  type ObjectMapping,
  parseTargetPath,
} from '../../provisioning/entra/mapping/mapping.ts'
import { currentValues } from '../../provisioning/entra/planning/changes.ts'
import {
  type AttributeDifference,
  compareAttributes,
  mappingFrom,
} from '../../provisioning/entra/planning/reconciliation.ts'
import { compact, type JsonObject } from '../../scim/json.ts'
import type { RelatedResource } from '../../scim/resource.ts'
import { fold } from '../../scim/text.ts'
import { livingIdentities } from '../../traffic/aws-directory/of-tenant.ts'
import type { Export, ExportRow } from './export.ts'

export type ComparedDirectory = Pick<Directory, 'identities' | 'identity' | 'members'>

/** The maximum that Graph returns with `$expand=members`, without indicating that there are more. */
const maxExpanded = 20

/** Members in the export are shown by matching attribute, those in the directory by label. Only differences. */
function createMembersDrift(directory: ComparedDirectory, tenant: number, type: string) {
  const labels = new Map<string, string>()

  const labelOf = async (member: RelatedResource): Promise<string> => {
    const known = labels.get(member.id)
    if (known !== undefined) return known
    const identity = member.type && (await directory.identity(tenant, member.type, member.id))
    const label = identity ? identity.label : member.id
    labels.set(member.id, label)
    return label
  }

  const memberLabels = async ({ id }: Identity): Promise<readonly string[]> => {
    const current: string[] = []
    let cursor: string | undefined
    do {
      const page = await directory.members(tenant, type, id, {
        limit: 500,
        ...compact({ cursor }),
      })
      for (const member of page?.items ?? []) current.push(await labelOf(member))
      cursor = page?.next
    } while (cursor !== undefined)
    return current
  }

  return async (group: Identity, exported: readonly string[]): Promise<readonly AttributeDifference[]> => {
    const current = await memberLabels(group)
    const source = excluding(exported, current)
    const target = exported.length < maxExpanded ? excluding(current, exported) : []
    if (source.length + target.length === 0) return []
    return [{ path: 'members', ...(source.length > 0 && { source }), ...(target.length > 0 && { target }) }]
  }
}

function excluding(names: readonly string[], others: readonly string[]): readonly string[] {
  const taken = new Set(others.map(fold))
  return names.filter(name => !taken.has(fold(name)))
}

type Reconciliation = {
  readonly inSync: number
  readonly missing: readonly ExportRow[]
  readonly extra: readonly Identity[]
  readonly different: readonly Different[]
}

type Different = { readonly identity: Identity; readonly drift: readonly AttributeDifference[] }

/**
 * Compares an export with a tenant's directory through the mapping. Objects are matched as Entra ID does, by the matching
 * attribute regardless of case, and compared by the attributes in the export.
 */
export async function reconcile(
  { type, rows }: Export,
  mapping: ObjectMapping,
  directory: ComparedDirectory,
  tenant: number,
): Promise<Reconciliation> {
  const waiting = new Map(rows.map((row, at) => [fold(row.label), { row, at }]))
  const membersDrift = createMembersDrift(directory, tenant, type)
  const mappingFor = memoizeByShape(mapping)
  const extra: Identity[] = []
  const different: (Different & { readonly at: number })[] = []
  for await (const page of livingIdentities(directory, tenant, type)) {
    for (const identity of page) {
      const document: JsonObject = JSON.parse(identity.document ?? '{}')
      const key = matchingValue(mapping, document)
      const found = key === undefined ? undefined : waiting.get(key)
      if (key === undefined || !found) {
        extra.push(identity)
        continue
      }
      waiting.delete(key)
      const { row, at } = found
      const isEnabled = identity.status === 'active'
      const drift = [
        ...compareAttributes(mappingFor(row), row.context, document, isEnabled),
        ...(row.members ? await membersDrift(identity, row.members) : []),
      ]
      if (drift.length > 0) different.push({ identity, drift, at })
    }
  }
  return {
    inSync: rows.length - waiting.size - different.length,
    missing: [...waiting.values()].map(({ row }) => row),
    extra,
    different: different.sort((one, other) => one.at - other.at),
  }
}

function matchingValue(mapping: ObjectMapping, document: JsonObject): string | undefined {
  const [matching] = matchingAttributes(mapping)
  const [current] = matching ? currentValues(document, parseTargetPath(matching.target)) : []
  return typeof current === 'string' ? fold(current) : undefined
}

/** Rows of one file mostly have the same attributes. */
function memoizeByShape(mapping: ObjectMapping): (row: ExportRow) => ObjectMapping {
  const shapes = new Map<string, ObjectMapping>()
  return ({ knownAttributes }) => {
    const shape = [...knownAttributes].join()
    const mapped = shapes.get(shape) ?? mappingFrom(mapping, knownAttributes)
    shapes.set(shape, mapped)
    return mapped
  }
}

export const viewReconciliation = (
  { format, type, rows, ignored }: Export,
  { inSync, missing, extra, different }: Reconciliation,
): View => ({
  format,
  type,
  read: rows.length,
  inSync,
  missing: missing.map(({ label, line }) => ({ label, ...compact({ line }) })),
  extra: extra.map(({ id, label, status }) => ({ id, label, status })),
  different: different.map(({ identity: { id, label }, drift }) => ({
    id,
    label,
    differences: drift.map(({ path, source, target }) => ({
      path,
      ...compact({ export: source, directory: target }),
    })),
  })),
  ignored: [...ignored],
})
