import { isObject, type JsonObject } from '../../scim/json.ts'
import { changesBetween } from '../changes.ts'
import { desiredOf, isReference } from '../desired.ts'
import type { JobConfig } from '../job-config.ts'
import type { JobState } from '../job-state.ts'
import { isGroup, isPurged, type Scope, scopeOf, userContext } from '../scope.ts'
import type { SourceDirectory, SourceGroup, SourceUser } from '../source-directory.ts'
import { contextOfGroup } from '../source-object.ts'
import { type Check, verdict } from './check.ts'
import type { Watch } from './check-target.ts'
import { lookAtMembers } from './look.ts'

type Sides = {
  readonly watch: Watch
  readonly directory: SourceDirectory
  readonly config: JobConfig
  readonly state: JobState
  readonly now: number
}

/** Whether the target holds what the directory says: of everybody in scope all attributes, and who has left is disabled. */
export async function checkDirectory(sides: Sides): Promise<Check> {
  const { directory, config, now } = sides
  const scope = scopeOf(directory, config.mapping, config.scope)
  const lacks: string[] = []
  for (const object of [...directory.users, ...directory.groups]) {
    if (isPurged(object, now)) continue
    const lack = await lackOf(sides, scope, object)
    if (lack !== undefined)
      lacks.push(`${String(object.attributes.userPrincipalName ?? object.attributes.displayName)} ${lack}`)
  }
  for (const [objectId, { target, name, kind, managed }] of sides.state.objects) {
    const isGone = ![...directory.users, ...directory.groups].some(
      each => each.objectId === objectId && !isPurged(each, now),
    )
    if (isGone && managed && target !== undefined && (await read(sides, kind, target)))
      lacks.push(`${name} is still there`)
  }
  return verdict('the target holds what the directory says', lacks.length > 0 ? lacks.join('; ') : undefined)
}

async function lackOf(
  sides: Sides,
  scope: Scope,
  object: SourceUser | SourceGroup,
): Promise<string | undefined> {
  const { config, state } = sides
  const kind = isGroup(object) ? 'group' : 'user'
  const target = state.objects.get(object.objectId)?.target
  const isIn = scope.has(object) && object.deletedAt === undefined
  const context = isGroup(object)
    ? contextOfGroup(object)
    : userContext(object, isIn, scope.rolesOf(object.objectId))
  const found = target === undefined ? undefined : await read(sides, kind, target)
  // Who was never active in scope is never created; groups that leave are deleted.
  if (!isIn || (kind === 'user' && context.isSoftDeleted)) return found ? departed(kind, found) : undefined
  if (!found) return 'is not there'
  const linkOf = (objectId: string) => state.objects.get(objectId)?.target
  const desired = [...desiredOf(config.mapping[`${kind}s`], context, linkOf)].filter(
    ([, value]) => !isReference(value),
  )
  const [change] = changesBetween(new Map(desired), found)
  if (change) return `differs in ${change.target.text}`
  return isGroup(object) ? membersLack(sides, scope, object, target as string) : undefined
}

const departed = (kind: 'user' | 'group', found: JsonObject) => {
  if (kind === 'group') return 'is still there'
  return found.active === false ? undefined : 'is not disabled'
}

async function read({ watch }: Sides, kind: 'user' | 'group', id: string): Promise<JsonObject | undefined> {
  const path = `/${kind === 'user' ? 'Users' : 'Groups'}/${encodeURIComponent(id)}`
  const answer = await watch.target({ method: 'GET', path })
  return answer.kind === 'answer' && answer.status === 200 && isObject(answer.body) ? answer.body : undefined
}

async function membersLack(
  { watch, state, directory }: Sides,
  scope: Scope,
  { members }: SourceGroup,
  id: string,
): Promise<string | undefined> {
  const found = await lookAtMembers(watch.target, { id }, watch.candidates, watch.seeMembers)
  if (!found) return undefined
  const objects = [...directory.users, ...directory.groups]
  const wanted = members.flatMap(objectId => {
    const object = objects.find(each => each.objectId === objectId)
    const target = state.objects.get(objectId)?.target
    return object && target !== undefined && object.deletedAt === undefined && scope.has(object)
      ? [target]
      : []
  })
  const lost = wanted.find(each => !found.includes(each))
  // Members who left the scope without leaving the group stay in it, disabled.
  const listed = members.map(objectId => state.objects.get(objectId)?.target)
  const extra = found.find(each => !listed.includes(each))
  if (lost !== undefined) return `lacks the member ${watch.ids.named(lost)}`
  return extra === undefined ? undefined : `has the member ${watch.ids.named(extra)}`
}
