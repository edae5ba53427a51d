import type { ObjectOutcome } from '../../domain/contract/rehearsal.ts'
import { differencesBetween } from '../../scim/differences.ts'
import { compact, type JsonObject } from '../../scim/json.ts'
import { fold } from '../../scim/text.ts'
import type { Played, PlayedRequest, SourceObject } from './played.ts'
import type { Same } from './source.ts'

type Type = SourceObject['type']
type Outcome = ObjectOutcome['outcome']

const sides = { User: 'users', Group: 'groups' } as const

const nameOf = (type: Type, document: JsonObject): string =>
  String((type === 'User' ? document.userName : document.displayName) ?? '')

export const isEnabled = ({ active }: JsonObject): boolean => active !== false

/** The outcomes of all users or all groups, `kept` ones included. Objects out of scope of which AWS has none are left out. */
export function* outcomesOf(
  type: Type,
  played: Played,
  same: ReadonlyMap<string, Same>,
  isForeign: (group: string) => boolean,
): Generator<ObjectOutcome> {
  const { links, unsent, client } = played
  const [before, after] = [played.before[sides[type]], played.after[sides[type]]]
  const linked = new Set(links.values())
  const createdFor = (source: SourceObject | undefined): string | undefined => {
    const id = source && links.get(source.id)
    return id === undefined || before.has(id) ? undefined : id
  }

  const known = new Set<SourceObject>()
  for (const [id, text] of before) {
    const person = same.get(id)
    if (person) known.add(person.source)
    const document: JsonObject = JSON.parse(text)
    const there = after.get(id)
    const isRecreated = createdFor(person?.source) !== undefined
    const changes = there === undefined || there === text ? [] : changesBetween(type, played, document, there)
    const rejection = person && unsent.get(person.source.id)
    const describe = (outcome: Outcome) =>
      describeObject(type, played, { outcome, id, document, changes, ...compact({ person }) })

    if (isRecreated) yield describe('recreated')
    else if (there === undefined) yield describe('deleted')
    else if (linked.has(id) || changes.length > 0) {
      const change = changeOf(type, changes)
      const isRefused = rejection !== undefined && change !== 'disabled' && change !== 'enabled'
      if (isRefused) yield describe(rejection.outcome)
      else yield describe(linked.has(id) && isForeign(id) ? 'adopted-foreign' : change)
    } else if (rejection) yield describe(rejection.outcome)
    if (there !== undefined && !linked.has(id) && changes.length === 0 && (isRecreated || !rejection)) {
      yield describe('left')
    }
  }

  for (const source of client.objects) {
    if (source.type !== type || known.has(source)) continue
    const id = createdFor(source)
    const outcome = id === undefined ? unsent.get(source.id)?.outcome : 'created'
    if (outcome === undefined) continue
    yield describeObject(type, played, {
      outcome,
      person: { source, grade: 'certain', by: '' },
      ...compact({ id }),
    })
  }
}

type Changes = NonNullable<ObjectOutcome['changes']>

function changesBetween(type: Type, { profile }: Played, before: JsonObject, after: string): Changes {
  const schema = profile.schema.resourceTypes.find(({ name }) => name === type)
  const differences = schema ? differencesBetween(schema, before, JSON.parse(after)) : []
  return differences.map(({ path, before, after }) => ({ path, ...compact({ before, after }) }))
}

function changeOf(type: Type, changes: Changes): Outcome {
  if (changes.length === 0) return 'kept'
  const status = changes.find(({ path }) => path === 'active')
  if (status) return status.after === false ? 'disabled' : 'enabled'
  return type === 'Group' && changes.some(({ path }) => path === 'displayName') ? 'renamed' : 'changed'
}

type Described = {
  readonly outcome: Outcome
  readonly id?: string
  readonly document?: JsonObject
  readonly changes?: Changes
  readonly person?: Same
}

function describeObject(
  type: Type,
  played: Played,
  { outcome, id, document, changes = [], person }: Described,
): ObjectOutcome {
  const source = person?.source
  // A row about what is left is not about what was created in its place.
  const target = source && outcome !== 'left' ? played.links.get(source.id) : undefined
  const requests = outcome === 'kept' ? [] : requestsAbout(type, played, { id, target, document, source })
  const rejected = requests.findLast(({ status }) => status >= 400)
  const unsent = source && played.unsent.get(source.id)
  return {
    type,
    outcome,
    requests,
    ...compact({
      aws: document && id,
      awsName: document && nameOf(type, document),
      source: source?.id,
      sourceName: source?.name,
      person: document && person?.grade,
      enabled: document && type === 'User' ? isEnabled(document) : undefined,
      matchedBy:
        document && person && played.links.get(person.source.id) === id ? matchedBy(requests) : undefined,
      changes: changes.length > 0 ? changes : undefined,
      reason: unsent?.reason ?? (outcome === 'refused' ? rejected?.detail : undefined),
    }),
  }
}

const maxRequests = 12

type About = {
  readonly id: string | undefined
  /** What the client linked to the source, if it is another one. */
  readonly target: string | undefined
  readonly document: JsonObject | undefined
  readonly source: SourceObject | undefined
}

function requestsAbout(
  type: Type,
  { requests, before }: Played,
  { id, target, document, source }: About,
): ObjectOutcome['requests'] {
  const names = [
    document && nameOf(type, document),
    document?.externalId,
    source?.nameId,
    source?.name,
    source?.id,
  ]
  const keys = new Set([
    ...[id, target].flatMap(each => (each === undefined ? [] : [`${type} ${each}`])),
    ...names.flatMap(name => (typeof name === 'string' ? [`${type} name ${fold(name)}`] : [])),
  ])
  const found = new Set([...keys].flatMap(key => requests.get(key) ?? []))
  const inOrder = [...found].sort((one, other) => one.at - other.at)
  const shown = inOrder.length > maxRequests ? [...inOrder.slice(0, 6), ...inOrder.slice(-6)] : inOrder
  // IDs of what a play creates differ in each play.
  const newId = target !== undefined && !before[sides[type]].has(target) ? target : undefined
  return shown.map(({ at: _, path, ...request }: PlayedRequest) => ({
    ...request,
    path: newId === undefined ? path : path.replace(newId, '{id}'),
  }))
}

/** The attribute of the look-up before the first write. */
function matchedBy(requests: ObjectOutcome['requests']): string | undefined {
  const [lookUp] = requests.filter(({ method, path }) => method === 'GET' && path.includes('filter='))
  const filter = lookUp && new URLSearchParams(lookUp.path.slice(lookUp.path.indexOf('?'))).get('filter')
  return filter?.split(' ', 1)[0]
}

export type Memberships = {
  readonly counts: Readonly<Record<'kept' | 'kept-unknown' | 'gained' | 'lost', number>>
  /** Whether the client knows that the user belongs to the group. */
  isKnown(group: string, user: string): boolean
}

/** Members that a client does not know stay: clients do not read the members of groups, or not of all. */
export function membershipsOf({ before, after, links, client }: Played): Memberships {
  const known = new Map<string, Set<string>>()
  for (const { id, type, members = [] } of client.objects) {
    const group = type === 'Group' ? links.get(id) : undefined
    if (group === undefined) continue
    const users = known.get(group) ?? new Set()
    for (const member of members) users.add(links.get(member) ?? '')
    known.set(group, users)
  }
  const isKnown = (group: string, user: string) => known.get(group)?.has(user) ?? false
  const counts = { kept: 0, 'kept-unknown': 0, gained: 0, lost: 0 }
  for (const [group, members] of before.members) {
    for (const user of members) {
      if (!after.members.get(group)?.has(user)) counts.lost++
      else counts[isKnown(group, user) ? 'kept' : 'kept-unknown']++
    }
  }
  for (const [group, members] of after.members) {
    for (const user of members) if (!before.members.get(group)?.has(user)) counts.gained++
  }
  return { counts, isKnown }
}
