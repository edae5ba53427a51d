import type { Mapping, ObjectMapping, TargetActions } from './mapping.ts'
import { MappingError } from './mapping-error.ts'
import { MistakeList } from './mapping-fields.ts'
import { readAttribute } from './read-attribute-mapping.ts'
import { readScope } from './read-scoping-filter.ts'

/**
 * Reads a mapping file: `{ "users": { "attributes": [{ "source": "[mail]", "target": "userName", "matching": 1 }] } }`.
 * Throws MappingError with everything that is wrong, each with its place.
 */
export function readMapping(json: unknown): Mapping {
  const mistakes = new MistakeList()
  const file = mistakes.fieldsOf(json, '', ['users', 'groups'])
  const users = readObjectMapping(file?.users, 'users', mistakes)
  const groups = readObjectMapping(file?.groups, 'groups', mistakes)
  // Entra doesn't let users be switched off.
  if (file && file.users === undefined) mistakes.add('users', 'is missing. Say how users are mapped.')
  if (mistakes.all.length > 0) throw new MappingError(...mistakes.all)
  return { users, groups }
}

/** What isn't mapped isn't provisioned. */
const nothing: ObjectMapping = {
  enabled: false,
  actions: { create: true, update: true, delete: true },
  scope: [],
  attributes: [],
}

function readObjectMapping(given: unknown, kind: 'users' | 'groups', mistakes: MistakeList): ObjectMapping {
  const known = ['enabled', 'actions', 'scope', 'attributes']
  const fields = given === undefined ? undefined : mistakes.fieldsOf(given, kind, known)
  if (!fields) return nothing
  const mapping: ObjectMapping = {
    enabled: mistakes.boolean(fields, 'enabled', kind) ?? true,
    actions: readActions(fields.actions ?? {}, `${kind}.actions`, mistakes),
    scope: readScope(fields.scope, `${kind}.scope`, mistakes),
    attributes: mistakes
      .list(fields.attributes, `${kind}.attributes`)
      .flatMap((each, at) => readAttribute(each, `${kind}.attributes[${at}]`, mistakes) ?? []),
  }
  checkTogether(mapping, `${kind}.attributes`, mistakes)
  return mapping
}

function readActions(given: unknown, place: string, mistakes: MistakeList): TargetActions {
  const fields = mistakes.fieldsOf(given, place, ['create', 'update', 'delete']) ?? {}
  const on = (action: keyof TargetActions) => mistakes.boolean(fields, action, place) ?? true
  return { create: on('create'), update: on('update'), delete: on('delete') }
}

/** What one attribute alone can't show: two with one target, none that objects are matched by. */
function checkTogether({ enabled, attributes }: ObjectMapping, place: string, mistakes: MistakeList): void {
  const targets = new Map<string, number>()
  const precedences = new Map<number, string>()
  for (const { target, matching } of attributes) {
    const known = target.toLowerCase()
    targets.set(known, (targets.get(known) ?? 0) + 1)
    if (targets.get(known) === 2) mistakes.add(place, `"${target}" is mapped to twice. Keep one of them.`)
    if (matching === undefined) continue
    const other = precedences.get(matching)
    if (other !== undefined) {
      mistakes.add(
        place,
        `"${other}" and "${target}" both have matching precedence ${matching}. Number them.`,
      )
    }
    precedences.set(matching, target)
  }
  if (enabled && precedences.size === 0 && mistakes.all.length === 0) {
    mistakes.add(place, 'none is matched by. Give the attribute that identifies objects "matching": 1.')
  }
}
