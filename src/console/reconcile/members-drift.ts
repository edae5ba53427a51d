import type { Drift } from '../../entra/drift.ts'
import type { Directory, Identity } from '../../provider/directory.ts'
import type { Related } from '../../scim/resource.ts'
import { fold } from '../../scim/text.ts'

/** With `$expand=members` Graph gives so many at most, and doesn't say that there are more. */
const mostExpanded = 20

/**
 * Compares who is in a group: those of the export by what they are matched by, those of the directory by what clients
 * call them. Only who differs is told.
 */
export function createMembersDrift(directory: Directory, tenant: number, type: string) {
  const labels = new Map<string, string>()

  const labelOf = async (member: Related): Promise<string> => {
    const known = labels.get(member.id)
    if (known !== undefined) return known
    const identity = member.type && (await directory.identity(tenant, member.type, member.id))
    const label = identity ? identity.label : member.id
    labels.set(member.id, label)
    return label
  }

  const heldBy = async ({ id }: Identity): Promise<readonly string[]> => {
    const held: string[] = []
    let cursor: string | undefined
    do {
      const page = await directory.members(tenant, type, id, {
        limit: 500,
        ...(cursor !== undefined && { cursor }),
      })
      for (const member of page?.items ?? []) held.push(await labelOf(member))
      cursor = page?.next
    } while (cursor !== undefined)
    return held
  }

  return async (group: Identity, exported: readonly string[]): Promise<readonly Drift[]> => {
    const held = await heldBy(group)
    const source = without(exported, held)
    const target = exported.length < mostExpanded ? without(held, exported) : []
    if (source.length + target.length === 0) return []
    return [{ path: 'members', ...(source.length > 0 && { source }), ...(target.length > 0 && { target }) }]
  }
}

function without(names: readonly string[], others: readonly string[]): readonly string[] {
  const taken = new Set(others.map(fold))
  return names.filter(name => !taken.has(fold(name)))
}
