import { isObject, type JsonObject } from '../../scim/json.ts'
import { changesBetween } from '../changes.ts'
import { desiredOf } from '../desired.ts'
import type { JobConfig } from '../job-config.ts'
import type { JobState } from '../job-state.ts'
import { isGroup, isPurged, type Scope, scopeOf, userContext } from '../scope.ts'
import type { SourceDirectory, SourceGroup, SourceUser } from '../source-directory.ts'
import { contextOfGroup } from '../source-object.ts'
import { type Check, verdict } from './check.ts'
import type { Watch } from './check-target.ts'
import { lookAtMembers } from './look.ts'

type Facts = {
  readonly watch: Watch
  readonly directory: SourceDirectory
  readonly config: JobConfig
  readonly state: JobState
  readonly now: number
}

type Sides = Facts & {
  /** What is left of the directory once the purged are gone. */
  readonly objects: ReadonlyMap<string, SourceUser | SourceGroup>
  readonly scope: Scope
}

/**
 * Whether the target holds what the directory says: of everybody in scope all attributes, manager and members; who has
 * left the scope is disabled or gone.
 */
export async function checkDirectory(facts: Facts): Promise<Check> {
  const { directory, config, state, now } = facts
  const all = [...directory.users, ...directory.groups].filter(object => !isPurged(object, now))
  const objects = new Map(all.map(object => [object.objectId, object]))
  const sides: Sides = { ...facts, objects, scope: scopeOf(directory, config.mapping, config.scope) }
  const lacks: string[] = []
  for (const object of all) {
    const lack = await lackOf(sides, object)
    const { userPrincipalName, displayName } = object.attributes
    if (lack !== undefined) lacks.push(`${String(userPrincipalName ?? displayName)} ${lack}`)
  }
  for (const [objectId, { target, name, kind, managed }] of state.objects) {
    if (objects.has(objectId) || !managed || target === undefined) continue
    if (await read(sides, kind, target)) lacks.push(`${name} is still there`)
  }
  return verdict('the target holds what the directory says', lacks.length > 0 ? lacks.join('; ') : undefined)
}

async function lackOf(sides: Sides, object: SourceUser | SourceGroup): Promise<string | undefined> {
  const { config, state, scope } = sides
  const kind = isGroup(object) ? 'group' : 'user'
  const target = state.objects.get(object.objectId)?.target
  const isIn = isExpected(sides, object)
  const context = isGroup(object)
    ? contextOfGroup(object)
    : userContext(object, isIn, scope.rolesOf(object.objectId))
  const found = target === undefined ? undefined : await read(sides, kind, target)
  // Who was never active in scope is never created; groups that leave are deleted.
  if (!isIn || (kind === 'user' && context.isSoftDeleted)) return found && departed(kind, found)
  if (target === undefined || !found) return 'is not there'
  const desired = desiredOf(config.mapping[`${kind}s`], context, objectId => linkOf(sides, objectId))
  const clearManager = !isGroup(object) && object.manager === undefined
  const [change] = changesBetween(desired, found, { clearManager })
  if (change) return `differs in ${change.target.text}`
  return isGroup(object) ? membersLack(sides, object, target) : undefined
}

const isExpected = ({ scope }: Sides, object: SourceUser | SourceGroup) =>
  object.deletedAt === undefined && scope.has(object)

/** The id in the target of whoever has to be there. */
function linkOf(sides: Sides, objectId: string): string | undefined {
  const object = sides.objects.get(objectId)
  return object && isExpected(sides, object) ? sides.state.objects.get(objectId)?.target : undefined
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

async function membersLack(sides: Sides, { members }: SourceGroup, id: string): Promise<string | undefined> {
  const { watch, state } = sides
  const shown = await lookAtMembers(watch.target, { id }, watch.candidates, watch.seeMembers)
  if (!shown) return undefined
  const found = new Set(shown)
  const lost = members.map(objectId => linkOf(sides, objectId)).find(link => link && !found.has(link))
  if (lost) return `lacks the member ${watch.ids.named(lost)}`
  // Members who left the scope without leaving the group stay in it, disabled.
  const listed = new Set(members.map(objectId => state.objects.get(objectId)?.target))
  const extra = shown.find(each => !listed.has(each))
  return extra === undefined ? undefined : `has the member ${watch.ids.named(extra)}`
}
