import type { Run } from './run.ts'
import { isGroup, userContext } from './scope.ts'
import { contextOfGroup, type ExpressionContext } from './source-object.ts'
import type { Subject } from './subject.ts'
import type { Item } from './survey.ts'

/** All that the plan of an item has to know. */
export function subjectOf(run: Run, { kind, objectId, object, decision }: Item): Subject {
  const { config, state, links, survey, wire } = run
  const record = state.objects.get(objectId)
  return {
    kind,
    objectId,
    name: nameOf(object) ?? record?.name ?? objectId,
    mapping: kind === 'user' ? config.mapping.users : config.mapping.groups,
    context: contextOf(object, decision === 'provision', survey.scope.rolesOf(objectId)),
    target: record?.target,
    wire,
    linkOf: links.linkOf,
    clearManager:
      record?.manager !== undefined && object !== undefined && !isGroup(object) && !object.manager,
    isTaken: target => links.isTaken(kind, target, objectId),
    isShared: value => survey.isShared(kind, value),
  }
}

const contextOf = (
  object: Item['object'],
  isIn: boolean,
  appRoles: ExpressionContext['appRoles'],
): ExpressionContext => {
  if (object === undefined) return { attributes: {}, isSoftDeleted: true, appRoles: [] }
  return isGroup(object) ? contextOfGroup(object) : userContext(object, isIn, appRoles)
}

/** What people call it by. */
export function nameOf(object: Item['object']): string | undefined {
  if (object === undefined) return undefined
  const { userPrincipalName, displayName } = object.attributes
  const name = isGroup(object) ? displayName : (userPrincipalName ?? displayName)
  return typeof name === 'string' ? name : undefined
}
