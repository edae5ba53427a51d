import {
  type AttributeChange,
  type CycleChanges,
  maxListed,
  type TypeChanges,
} from '../../domain/contract/cycles.ts'
import { sharedSlices } from '../../domain/event-loop/slices.ts'
import type { Exchange } from '../../domain/journal/exchange.ts'
import type { Cycle } from '../../domain/ports/analysis.ts'
import type { AffectedResource, Directory, MembershipEvent } from '../../domain/ports/directory.ts'
import type { Journal } from '../../domain/ports/journal.ts'
import type { Tenant } from '../../domain/tenants/tenant.ts'
import { type Difference, differencesBetween } from '../../scim/differences.ts'
import { resourceFromDocument } from '../../scim/document.ts'
import type { RelatedResource } from '../../scim/resource.ts'
import { typeByName } from '../../scim/resource-types.ts'
import { viewRelated } from '../views/identity.ts'
import { nameIds, valuesOf } from '../views/names.ts'

/** Newest writes whose changes are read: each needs some look-ups. */
const maxRead = 2000

type Deps = { readonly journal: Pick<Journal, 'batches'>; readonly directory: Directory }

export async function readCycleChanges(
  { journal, directory }: Deps,
  tenant: Tenant,
  cycle: Cycle,
  signal: AbortSignal,
): Promise<CycleChanges> {
  const { writes, complete } = await readWrites(journal, cycle.id, signal)
  const states = new Map<string, AffectedResource>()
  const members = createMemberChanges()
  for (const exchange of writes.reverse()) {
    const { type, id } = exchange.target ?? {}
    if (type === undefined || id === undefined) continue
    const moment = { exchange: exchange.id, at: exchange.tenantTime }
    const effect = await directory.effects.causedBy(tenant.key, type, id, moment)
    for (const resource of effect.resources) {
      const key = JSON.stringify([resource.type, resource.id])
      const { type, id, label, after } = resource
      const { before } = states.get(key) ?? resource
      states.set(key, { type, id, label, after, ...(before && { before }) })
    }
    for (const event of effect.memberships) members.note(event)
    if (sharedSlices.isOver()) await sharedSlices.next(signal)
  }
  const types = [...Map.groupBy(states.values(), ({ type }) => type)].map(([type, resources]) =>
    toTypeChanges(tenant, type, resources),
  )
  const differences = types.flatMap(({ attributes }) => attributes.flatMap(({ changes }) => changes))
  return {
    types: types.filter(
      ({ created, deleted, attributes }) => created.count + deleted.count + attributes.length > 0,
    ),
    groups: members.list(),
    requests: writes.length,
    complete,
    names: await nameIds(directory, tenant.key, valuesOf(differences)),
  }
}

async function readWrites(
  journal: Deps['journal'],
  cycle: string,
  signal: AbortSignal,
): Promise<{ readonly writes: Exchange[]; readonly complete: boolean }> {
  const search = [
    { key: 'cycle', value: cycle },
    { key: 'status', value: '2xx' },
    { key: 'method', value: 'GET', not: true },
  ] as const
  const writes: Exchange[] = []
  for await (const exchanges of journal.batches({ search, signal })) {
    writes.push(...exchanges)
    if (writes.length > maxRead) return { writes: writes.slice(0, maxRead), complete: false }
  }
  return { writes, complete: true }
}

function toTypeChanges(tenant: Tenant, type: string, resources: readonly AffectedResource[]): TypeChanges {
  const isCreated = ({ before, after }: AffectedResource) => !before && after.document !== undefined
  const isDeleted = ({ before, after }: AffectedResource) => before && after.document === undefined
  const modified = resources.filter(({ before, after }) => before && after.document !== undefined)
  return {
    type,
    created: toList(resources.filter(isCreated)),
    deleted: toList(resources.filter(isDeleted)),
    attributes: foldChanges(modified.map(resource => ({ resource, differences: compare(tenant, resource) }))),
  }
}

const toListed = ({ id, label }: AffectedResource) => ({ id, label })

const toList = (resources: readonly AffectedResource[]) => ({
  count: resources.length,
  items: resources.slice(0, maxListed).map(toListed),
})

function compare(tenant: Tenant, { type, before, after }: AffectedResource): readonly Difference[] {
  const tables = typeByName(tenant.profile.schema.resourceTypes, type)
  if (!tables || !before || after.document === undefined) return []
  return differencesBetween(
    tables,
    resourceFromDocument(before),
    resourceFromDocument({ document: after.document }),
  )
}

type Compared = { readonly resource: AffectedResource; readonly differences: readonly Difference[] }

function foldChanges(compared: readonly Compared[]): AttributeChange[] {
  const all = compared.flatMap(({ resource, differences }) =>
    differences.map(difference => ({ resource, difference })),
  )
  return [...Map.groupBy(all, ({ difference }) => difference.path)]
    .map(([path, changes]) => {
      const equal = Map.groupBy(changes.slice(0, maxListed), ({ difference: { kind, before, after } }) =>
        JSON.stringify([kind, before, after]),
      )
      return {
        path,
        count: changes.length,
        changes: [...equal.values()]
          .flatMap(group => {
            const [first] = group
            if (!first) return []
            const { path: _, ...difference } = first.difference
            return [{ ...difference, resources: group.map(({ resource }) => toListed(resource)) }]
          })
          .sort((one, other) => other.resources.length - one.resources.length),
      }
    })
    .sort((one, other) => other.count - one.count)
}

/** Joining and leaving cancel each other out. */
function createMemberChanges() {
  type Change = { readonly member: RelatedResource; readonly event: MembershipEvent['event'] }
  const groups = new Map<string, { readonly group: RelatedResource; readonly changes: Map<string, Change> }>()
  return {
    note({ group, member, event }: MembershipEvent): void {
      const known = groups.get(group.id) ?? { group, changes: new Map<string, Change>() }
      groups.set(group.id, known)
      const earlier = known.changes.get(member.id)
      if (earlier && earlier.event !== event) known.changes.delete(member.id)
      else known.changes.set(member.id, { member, event })
    },
    list: () =>
      [...groups.values()]
        .map(({ group, changes }) => {
          const of = (event: MembershipEvent['event']) =>
            [...changes.values()]
              .filter(change => change.event === event)
              .map(({ member }) => viewRelated(member))
          return { group: viewRelated(group), joined: of('added'), left: of('removed') }
        })
        .filter(({ joined, left }) => joined.length + left.length > 0),
  }
}
