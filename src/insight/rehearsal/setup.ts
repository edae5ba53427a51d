import type { ObjectOutcome, Rehearsal, RehearsedClient } from '../../domain/contract/rehearsal.ts'
import { isGone } from '../../domain/rehearsal/plan.ts'
import type { Profile } from '../../profiles/profile.ts'
import type { AwsDirectory } from '../../traffic/aws-directory/directory.ts'
import { foreignGroups } from '../../traffic/aws-directory/evidence.ts'
import { accessOf, type PersonAccess } from './access.ts'
import { createClient, type Source } from './clients.ts'
import { type FoundObject, type Memberships, membershipsOf, outcomesOf } from './outcomes.ts'
import { play } from './play.ts'
import type { Played, PlayedWithTimes, PlayOptions, State } from './played.ts'
import { findSame, type NamedPerson, readNameId, readPeople, type Same } from './source.ts'

/** What is played. Remedies and open questions change one part of it and play again. */
export type Setup = {
  readonly directory: AwsDirectory
  readonly profile: Profile
  readonly client: RehearsedClient
  readonly source: Source
  /** An attribute of the source, or an expression of Entra ID. */
  readonly nameId?: string | undefined
  readonly people?: readonly NamedPerson[] | undefined
  /** Milliseconds since 1970. */
  readonly now: number
  readonly horizon: number
}

export type Run = Omit<PlayOptions, 'now' | 'horizon'>

/** What one play changes, complete. Evidence and rows are read from the copy, which has to be disposed of. */
export type Found = AsyncDisposable & {
  readonly setup: Setup
  readonly played: Played
  /** People and groups of the source by the ID at AWS before the change. */
  readonly people: ReadonlyMap<string, Same>
  readonly groups: ReadonlyMap<string, Same>
  /** Users and groups, `kept` ones included. */
  readonly objects: readonly FoundObject[]
  /** People whose access is not just kept. */
  readonly access: readonly PersonAccess[]
  readonly summary: Rehearsal['summary']
}

/** Plays the client, and compares what AWS has before and after. Throws `RehearsalError`. */
export async function playSetup(setup: Setup, run: Run): Promise<Found> {
  const { played, people } = await playClient(setup, run)
  return compare(setup, played, people)
}

/** What the client remembers of 100,000 users, 60 MB, is garbage at the end. */
async function playClient(setup: Setup, run: Run) {
  const { directory, profile, now, horizon } = setup
  const client = createClient(setup.client, setup.source, profile)
  // Mistakes are reported before the play, which may take a minute.
  const people = readPeople(setup.people ?? [], directory.users, client.objects)
  readNameId(setup.nameId, client.objects)
  return { people, played: await play(directory, profile, client, { now, horizon, ...run }) }
}

export function compare(
  setup: Setup,
  { times, ...played }: PlayedWithTimes,
  named: ReadonlyMap<string, string> = new Map(),
): Found {
  const { before, client } = played
  const people = findSame('User', before.users, played, named)
  const groups = findSame('Group', before.groups, played, new Map())
  const memberships = membershipsOf(played)
  // A job that has run before has adopted its groups already.
  const foreign = setup.client.linked ? new Set<string>() : foreignGroups(played.directory)
  const objects = [
    ...outcomesOf('User', played, people, () => false),
    ...outcomesOf('Group', played, groups, id => foreign.has(id)),
  ]
  const nameIdOf = readNameId(setup.nameId, client.objects)
  const access = accessOf({ played, times, people, groups, memberships, nameIdOf, now: setup.now })
  return {
    setup,
    played,
    people,
    groups,
    objects,
    access,
    summary: summarize(played, objects, access, memberships),
    [Symbol.asyncDispose]: played[Symbol.asyncDispose],
  }
}

/** Rows of people and objects in a result. */
export const maxListed = 10_000

/** Without those who are gone in the source, who are counted apart. */
export const losesAccess = ({ lost, cause }: PersonAccess): boolean => lost > 0 && !isGone(cause)

function summarize(
  { directory, before, after, assignments, client }: Played,
  objects: readonly FoundObject[],
  access: readonly PersonAccess[],
  { counts }: Memberships,
): Rehearsal['summary'] {
  const losing = access.filter(losesAccess)
  const count = (isCounted: (person: PersonAccess) => boolean) => access.filter(isCounted).length
  const outcomesOfType = (type: ObjectOutcome['type']) =>
    countBy(objects.flatMap(object => (object.type === type ? [object.outcome] : [])))
  return {
    provisioned: client.objects.filter(({ type, isInScope }) => type === 'User' && isInScope).length,
    isAccessKnown: isAccessKnown(directory),
    lose: losing.length,
    administratorsLose: losing.filter(({ isAdministrator }) => isAdministrator).length,
    ...(losing.length > 0 && {
      firstLossMinutes: losing.reduce((first, { firstLoss = 0 }) => Math.min(first, firstLoss), Infinity),
    }),
    causes: countBy(losing.flatMap(({ cause }) => cause ?? [])),
    notInSource: count(({ cause }) => cause === 'not-in-source'),
    disabledInSource: count(({ cause }) => cause === 'disabled-in-source'),
    gain: count(({ gained }) => gained > 0),
    keptUnknown: count(({ keptUnknown }) => keptUnknown > 0),
    users: outcomesOfType('User'),
    groups: outcomesOfType('Group'),
    memberships: counts,
    orphanedBefore: countOrphans(directory.assignments, before),
    orphanedAfter: countOrphans(assignments, after),
    uncertain: 0,
  }
}

const isAccessKnown = ({ read, assignments, membersUnknown }: AwsDirectory): boolean =>
  !read.skipped.includes('assignments') &&
  !assignments.some(({ principal }) => membersUnknown.has(principal.id))

const countOrphans = (assignments: Played['assignments'], { users, groups }: State): number =>
  assignments.filter(({ principal: { type, id } }) => !(type === 'User' ? users : groups).has(id)).length

/** In the order of the names, so that two reports of the same are equal. */
function countBy(names: readonly string[]): Readonly<Record<string, number>> {
  const counts = new Map<string, number>()
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1)
  return Object.fromEntries([...counts].sort(([one], [other]) => (one < other ? -1 : 1)))
}
