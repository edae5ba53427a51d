import { differencesBetween } from '../../scim/differences.ts'
import type { JsonObject } from '../../scim/json.ts'
import { resourceOf } from '../../scim/prepare.ts'
import { type ResourceType, typeNamed } from '../../scim/resource-types.ts'
import type { Affected, Effect, MembershipEvent, PastState } from '../../store/effects.ts'
import type { ExplainedResource } from './explanation.ts'

/** What effects, one after the other, made of resources: each with how it was before the first and after the last. */
export function explainResources(
  effects: readonly Effect[],
  types: readonly ResourceType[],
): readonly ExplainedResource[] {
  const memberships = effects.flatMap(effect => effect.memberships)
  const byId = Map.groupBy(
    effects.flatMap(({ resources }) => resources),
    ({ type, id }) => `${type} ${id}`,
  )
  return [...byId.values()].flatMap(changes => {
    const [first, last] = [changes[0], changes.at(-1)]
    return first && last ? [explained(first, last, memberships, types)] : []
  })
}

/** One that a request was about and didn't change. */
export function unchanged(
  { type, id, version, document }: PastState,
  types: readonly ResourceType[],
): ExplainedResource {
  const resource = read(document)
  const label = resource[typeNamed(types, type)?.labelledBy ?? '']
  return {
    ...{ type, id, label: typeof label === 'string' ? label : id },
    versions: { before: version, after: version },
    before: resource,
    after: resource,
    differences: [],
    memberships: [],
  }
}

const read = (document: string): JsonObject => JSON.parse(document)

/** Without what only the server sets. */
const contentOf = (document: string | undefined) =>
  document === undefined ? undefined : resourceOf({ document })

function explained(
  { type, id, before: state }: Affected,
  { label, after: left }: Affected,
  memberships: readonly MembershipEvent[],
  types: readonly ResourceType[],
): ExplainedResource {
  const before = state && read(state.document)
  const after = left.document === undefined ? undefined : read(left.document)
  const tables = typeNamed(types, type) ?? { attributes: [] }
  return {
    ...{ type, id, label },
    versions: {
      ...(state && { before: state.version }),
      ...(after && { after: left.version }),
    },
    ...(before && { before }),
    ...(after && { after }),
    differences: differencesBetween(tables, state && resourceOf(state), contentOf(left.document)),
    memberships: memberships.filter(({ group, member }) => group.id === id || member.id === id),
  }
}
