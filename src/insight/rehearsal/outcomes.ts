import type { ObjectOutcome } from '../../domain/contract/rehearsal.ts'
import type { Profile } from '../../profiles/profile.ts'
import { differencesBetween } from '../../scim/differences.ts'
import { compact, type JsonObject } from '../../scim/json.ts'
import { fold } from '../../scim/text.ts'
import type { Played, SourceObject } from './played.ts'
import { firstAndLast } from './recorder.ts'
import type { Same } from './source.ts'

type Type = SourceObject['type']
type Outcome = ObjectOutcome['outcome']
type Changes = NonNullable<ObjectOutcome['changes']>

export const sides = { User: 'users', Group: 'groups' } as const

export const isEnabled = ({ active }: JsonObject): boolean => active !== false

/** How the client came to the outcome. It takes long to read: of 100,000 objects, only those that are reported have it. */
type Evidence = Pick<ObjectOutcome, 'matchedBy' | 'reason' | 'requests' | 'changes'>

export type FoundObject = Omit<ObjectOutcome, keyof Evidence>

/** The outcomes of all users or all groups, `kept` ones included. Objects out of scope of which AWS has none are left out. */
export function* outcomesOf(
  type: Type,
  played: Played,
  same: ReadonlyMap<string, Same>,
  isForeign: (group: string) => boolean,
): Generator<FoundObject> {
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
    const isLinked = linked.has(id)
    const changes = changesBetween(type, played, text, there)
    const isTouched = isLinked || changes.length > 0
    const rejection = person && unsent.get(person.source.id)
    const describe = (outcome: Outcome) =>
      describeObject(type, outcome, person?.source, id, document, person?.grade)

    if (isRecreated) yield describe('recreated')
    else if (there === undefined) yield describe('deleted')
    else if (isTouched) {
      const change = changeOf(type, changes)
      const isRefused = rejection !== undefined && change !== 'disabled' && change !== 'enabled'
      if (isRefused) yield describe(rejection.outcome)
      else yield describe(isLinked && isForeign(id) ? 'adopted-foreign' : change)
    } else if (rejection) yield describe(rejection.outcome)
    if (there !== undefined && !isTouched && (isRecreated || !rejection)) yield describe('left')
  }

  for (const source of client.objects) {
    if (source.type !== type || known.has(source)) continue
    const id = createdFor(source)
    const outcome = id === undefined ? unsent.get(source.id)?.outcome : 'created'
    if (outcome !== undefined) yield describeObject(type, outcome, source)
  }
}

const changesBetween = (type: Type, { profile }: Played, before: string, after = before): Changes =>
  differencesIn(profile, type, before, after).map(({ path, before, after }) => ({
    path,
    ...compact({ before, after }),
  }))

export function differencesIn({ schema }: Profile, type: Type, before: string, after: string) {
  const resourceType = schema.resourceTypes.find(({ name }) => name === type)
  if (before === after || !resourceType) return []
  return differencesBetween(resourceType, JSON.parse(before), JSON.parse(after))
}

function changeOf(type: Type, changes: Changes): Outcome {
  if (changes.length === 0) return 'kept'
  const status = changes.find(({ path }) => path === 'active')
  if (status) return status.after === false ? 'disabled' : 'enabled'
  return type === 'Group' && changes.some(({ path }) => path === 'displayName') ? 'renamed' : 'changed'
}

const describeObject = (
  type: Type,
  outcome: Outcome,
  source: SourceObject | undefined,
  aws?: string,
  document?: JsonObject,
  person?: Same['grade'],
): FoundObject => ({
  type,
  outcome,
  ...compact({
    ...{ aws, awsName: document && sameText(awsNameOf(type, document), source?.name) },
    ...{ source: source?.id, sourceName: source?.name },
    person,
    enabled: document && type === 'User' ? isEnabled(document) : undefined,
  }),
})

/** The other text if it is equal: one string in memory for both names of most people. */
const sameText = (text: string, other: string | undefined): string => (text === other ? other : text)

/** Returns a function that reads the evidence of one object. */
export function readEvidence(played: Played): (object: FoundObject) => Evidence {
  const { links, unsent, requestsAbout } = played
  const sources = new Map(played.client.objects.map(source => [source.id, source]))
  return ({ type, outcome, aws: id, source: sourceId = '' }) => {
    const source = sources.get(sourceId)
    const [before, after] = [played.before[sides[type]], played.after[sides[type]]]
    // A row about what is left is not about what was created in its place.
    const target = source && outcome !== 'left' ? links.get(sourceId) : undefined
    const text = before.get(id ?? '')
    const changes = text === undefined ? [] : changesBetween(type, played, text, after.get(id ?? ''))
    const there: JsonObject | undefined = text === undefined ? undefined : JSON.parse(text)
    const names = [
      ...(there ? [awsNameOf(type, there), there.externalId] : []),
      ...[source?.nameId, source?.name, source?.id],
    ]
    const keys = new Set([
      ...[id, target].flatMap(each => (each === undefined ? [] : [`${type} ${each}`])),
      ...names.flatMap(each => (typeof each === 'string' ? [`${type} name ${fold(each)}`] : [])),
    ])
    const found = outcome === 'kept' ? [] : [...keys].flatMap(requestsAbout)
    const shown = firstAndLast(found.sort((one, other) => one.at - other.at))
    // IDs of what a play creates differ in each play.
    const isNew = target !== undefined && !before.has(target)
    const pathOf = (path: string) => (isNew ? path.replace(target, '{id}') : path)
    const requests = shown.map(({ at: _, path, ...request }) => ({ ...request, path: pathOf(path) }))
    const rejected = outcome === 'refused' ? requests.findLast(({ status }) => status >= 400) : undefined
    return {
      ...compact({
        matchedBy: id !== undefined && links.get(sourceId) === id ? matchedBy(requests) : undefined,
        reason: unsent.get(sourceId)?.reason ?? rejected?.detail,
      }),
      requests,
      ...(changes.length > 0 && { changes }),
    }
  }
}

export const awsNameOf = (type: Type, { userName, displayName }: JsonObject): string =>
  String((type === 'User' ? userName : displayName) ?? '')

/** The attribute of the look-up before the first write. */
function matchedBy(requests: ObjectOutcome['requests']): string | undefined {
  const lookUp = requests.find(({ method, path }) => method === 'GET' && path.includes('filter='))
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
  for (const group of new Set([...before.groups.keys(), ...after.groups.keys()])) {
    const [past, present] = [new Set(before.members(group)), new Set(after.members(group))]
    for (const user of present) if (!past.has(user)) counts.gained++
    for (const user of past) {
      if (!present.has(user)) counts.lost++
      else counts[isKnown(group, user) ? 'kept' : 'kept-unknown']++
    }
  }
  return { counts, isKnown }
}
