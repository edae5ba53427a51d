import type {
  AccessOutcome,
  ObjectOutcome,
  Rehearsal,
  RehearsalInput,
} from '../../domain/contract/rehearsal.ts'
import { day, minute } from '../../domain/duration.ts'
import { isGone } from '../../domain/rehearsal/plan.ts'
import { compact } from '../../scim/json.ts'
import { compareCodePoints } from '../../scim/text.ts'
import { unknownOf } from '../../traffic/aws-directory/evidence.ts'
import type { PersonAccess } from './access.ts'
import { readSource } from './clients.ts'
import { type Answered, answerQuestions, withUncertainty } from './open-questions.ts'
import { type FoundObject, readEvidence } from './outcomes.ts'
import { type FoundRemedies, findRemedies } from './remedies.ts'
import { compare, type Found, maxListed, playSetup, type Run, type Setup } from './setup.ts'

export type RehearsalRequest = Pick<Setup, 'directory' | 'profile' | 'now'> &
  Omit<RehearsalInput, 'at'> & { readonly warnings?: readonly string[] }

const defaultHorizonDays = 60

/**
 * Plays a change of the identity provider against an AWS directory. The same input has the same result, byte for byte. Throws
 * `RehearsalError`.
 */
export async function rehearse(request: RehearsalRequest, run: Run): Promise<Rehearsal> {
  const { directory, profile, client, files, nameId, people, now, warnings = [] } = request
  const nothing = { answered: [], remedies: { remedies: [], remedyOf: () => undefined }, warnings }
  if (request.identitySource === 'active-directory') {
    return { ...report(deletedByAws(request), nothing), stopped: stoppedByAws }
  }
  const { horizonDays = defaultHorizonDays } = request
  const source = await readSource(client.name, files)
  const setup: Setup = {
    directory,
    profile,
    client,
    source,
    nameId,
    people,
    now,
    horizon: now + horizonDays * day,
  }
  await using found = await playSetup(setup, run)
  const play = (another: Setup) => playSetup(another, { ...run, withoutRequests: true })
  const answered = await answerQuestions(found, play)
  const remedies = request.remedies === false ? nothing.remedies : await findRemedies(found, play)
  return report(found, { answered, remedies, warnings: [...warnings, ...source.warnings] })
}

const stoppedByAws =
  'Nothing was played: AWS deletes all users, groups and assignments when the identity source changes from or to Active Directory. Back up the assignments, and create them again after the change.'

type Additions = {
  readonly answered: readonly Answered[]
  readonly remedies: FoundRemedies
  readonly warnings: readonly string[]
}

function report(found: Found, { answered, remedies, warnings }: Additions): Rehearsal {
  const { setup, played, summary } = found
  const withRemedy = <Outcome extends ObjectOutcome | AccessOutcome>(outcome: Outcome): Outcome => {
    const remedy = remedies.remedyOf(outcome)
    return remedy === undefined ? outcome : { ...outcome, remedy }
  }
  const evidenceOf = readEvidence(played)
  const people = listRows([...found.access, ...answered.flatMap(({ losing }) => losing)])
  const objects = found.objects
    .map(object => withUncertainty(object, answered))
    .filter(({ outcome, uncertain }) => outcome !== 'kept' || uncertain)
  return {
    rehearsal: 1,
    client: played.client.title,
    directory: setup.directory.instance.store,
    summary: { ...summary, uncertain: new Set(answered.flatMap(one => [...one.people])).size },
    cycles: played.cycles.map(({ at, ...cycle }) => ({ atMinutes: (at - setup.now) / minute, ...cycle })),
    people: people.listed.map(withRemedy),
    peopleOmitted: people.omitted,
    objects: objects
      .sort(inOrderOfObjects)
      .slice(0, maxListed)
      .map(({ uncertain, ...object }) => {
        const { requests, changes, ...how } = evidenceOf(object)
        return withRemedy({ ...object, ...how, ...compact({ uncertain }), requests, ...compact({ changes }) })
      }),
    objectsOmitted: Math.max(0, objects.length - maxListed),
    remedies: remedies.remedies,
    questions: answered.map(({ question }) => question),
    unknown: unknownOf(setup.directory).map(({ text }) => text),
    notes: [...notesOf(found)],
    warnings: [...warnings],
  }
}

const severity = ({ lost, gained, cause }: PersonAccess): number => {
  if (lost === 0) return gained > 0 ? 2 : 3
  return isGone(cause) ? 1 : 0
}

/** The people who lose most first, and the rows of a person together. */
function listRows(people: readonly PersonAccess[]) {
  const sorted = people.toSorted(
    (one, other) =>
      severity(one) - severity(other) ||
      other.lost - one.lost ||
      Number(other.isAdministrator) - Number(one.isAdministrator) ||
      compareCodePoints(one.person, other.person) ||
      compareCodePoints(one.user, other.user),
  )
  const listed: AccessOutcome[] = []
  let count = 0
  for (const person of sorted) {
    if (listed.length < maxListed) for (const row of person.rows()) listed.push(row)
    count += person.count
  }
  return { listed: listed.slice(0, maxListed), omitted: Math.max(0, count - maxListed) }
}

const outcomesBySeverity: readonly ObjectOutcome['outcome'][] = [
  ...(['deleted', 'recreated', 'refused', 'disabled', 'ambiguous', 'skipped', 'adopted-foreign'] as const),
  ...(['left', 'renamed', 'enabled', 'created', 'changed', 'kept'] as const),
]

const nameOf = ({ awsName, sourceName, aws, source }: FoundObject) =>
  [awsName ?? sourceName ?? '', aws ?? '', source ?? ''].join('\n')

const inOrderOfObjects = (one: FoundObject, other: FoundObject): number =>
  outcomesBySeverity.indexOf(one.outcome) - outcomesBySeverity.indexOf(other.outcome) ||
  compareCodePoints(other.type, one.type) ||
  compareCodePoints(nameOf(one), nameOf(other))

/** AWS counts the users of a page only, so that Okta asks for no second one. */
const maxImported = 100

function* notesOf({ setup: { directory, client }, people }: Found): Generator<string> {
  yield 'The client of the former identity provider is assumed to be stopped: with a valid token, it would undo changes.'
  const outOfScope = [...people.values()].filter(({ source }) => !source.isInScope).length
  if (outOfScope > 0) {
    yield `The client does not provision ${outOfScope} of the users: they can sign in only if the identity provider lets them.`
  }
  if (client.name === 'google' && directory.groups.size > 0) {
    yield 'Google Workspace provisions no groups, so groups and memberships stay as they are. ssosync and idp-scim-sync provision them.'
  }
  if (client.importFirst && directory.users.size > maxImported) {
    yield `An import of Okta sees ${maxImported} of the ${directory.users.size} users at AWS. Okta finds others by user name when they are assigned.`
  }
  yield* directory.notes
}

/** AWS deletes users, groups and assignments when its identity source changes from or to Active Directory. */
function deletedByAws({ directory, profile, client, now }: RehearsalRequest): Found {
  const documentsOf = (records: ReadonlyMap<string, { readonly document: string }>) =>
    new Map([...records].map(([id, { document }]) => [id, document]))
  const members = Map.groupBy(directory.memberships, ({ group }) => group)
  const before = {
    users: documentsOf(directory.users),
    groups: documentsOf(directory.groups),
    members: (group: string) => members.get(group)?.map(({ user }) => user) ?? [],
  }
  const none = new Map<string, never>()
  const played = {
    ...{ directory, profile, before, client: { title: client.name, objects: [] } },
    after: { users: none, groups: none, members: () => [] },
    [Symbol.asyncDispose]: async () => {},
    ...{
      links: none,
      unsent: none,
      requestsAbout: () => [],
      times: { written: none, joined: none },
      cycles: [],
      assignments: [],
    },
  }
  const source = {
    kind: 'entra',
    directory: { users: [], groups: [], assignments: [] },
    warnings: [],
  } as const
  return compare({ directory, profile, client, source, now, horizon: now }, played)
}
