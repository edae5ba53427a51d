import type { Profile } from '../../profiles/profile.ts'
import type { Difference } from '../../scim/differences.ts'
import type { JsonObject } from '../../scim/json.ts'
import { fold } from '../../scim/text.ts'
import type { AwsDirectory } from '../../traffic/aws-directory/directory.ts'
import { awsNameOf, differencesIn, sides } from '../rehearsal/outcomes.ts'
import type { Played } from '../rehearsal/played.ts'

export type Type = keyof typeof sides

/** What AWS should have. */
export type Wanted = {
  /** How users and groups of AWS differ, by ID. */
  readonly differences: Map<string, readonly Difference[]>
  /** By group of AWS, IDs of users of AWS. Groups whose members are unknown are absent. */
  readonly members: Map<string, ReadonlySet<string>>
  /** IDs are those of the other side. */
  readonly missing: {
    readonly type: Type
    readonly id: string
    readonly name: string
    readonly reason?: string
  }[]
  /** Why AWS rejects a change, by ID. */
  readonly refused: Map<string, string>
  /** Former IDs by ID. */
  readonly recreated: Map<string, string>
}

const wantNothing = (): Wanted => ({
  differences: new Map(),
  members: new Map(),
  missing: [],
  refused: new Map(),
  recreated: new Map(),
})

/** After one cycle of a client that knows what it provisioned before. */
export function wantedBySource({
  before,
  after,
  links,
  unsent,
  requestsAbout,
  client,
  profile,
}: Played): Wanted {
  const wanted = wantNothing()
  for (const { type, id, name, nameId = name, isInScope, isEnabled, members = [] } of client.objects) {
    const aws = links.get(id)
    const rejection = unsent.get(id)
    // What clients report contains the time of the response.
    const rejected = requestsAbout(aws === undefined ? `${type} name ${fold(nameId)}` : `${type} ${aws}`)
    const reason = rejected.findLast(({ status }) => status >= 400)?.detail ?? rejection?.reason ?? ''
    const [now, then] = [before, after].map(state => state[sides[type]].get(aws ?? ''))
    if (aws !== undefined && now !== undefined) {
      if (then !== undefined) wanted.differences.set(aws, differencesIn(profile, type, now, then))
      if (rejection && rejection.outcome !== 'skipped') wanted.refused.set(aws, reason)
      if (type === 'Group') wanted.members.set(aws, new Set(members.flatMap(one => links.get(one) ?? [])))
    } else if (aws !== undefined || (rejection && isInScope && isEnabled)) {
      wanted.missing.push({ type, id, name, ...(rejection && { reason }) })
    }
  }
  return wanted
}

/** As in an earlier export. */
export function wantedByBaseline(directory: AwsDirectory, baseline: AwsDirectory, profile: Profile): Wanted {
  const wanted = wantNothing()
  const idNow = new Map<string, string>()
  for (const type of ['User', 'Group'] as const) {
    const [now, then] = [directory[sides[type]], baseline[sides[type]]]
    const added = new Map<string, string>()
    for (const [id, { document }] of now) {
      if (!then.has(id)) for (const key of keysOf(type, document)) added.set(key, id)
    }
    for (const [id, { document }] of then) {
      const same = now.has(id) ? id : keysOf(type, document).flatMap(key => added.get(key) ?? [])[0]
      if (same === undefined) {
        wanted.missing.push({ type, id, name: nameOf(type, document) })
        continue
      }
      idNow.set(id, same)
      if (same !== id) wanted.recreated.set(same, id)
      wanted.differences.set(same, differencesIn(profile, type, now.get(same)?.document ?? '{}', document))
    }
  }
  const ofGroup = Map.groupBy(baseline.memberships, ({ group }) => group)
  for (const id of baseline.groups.keys()) {
    if (baseline.membersUnknown.has(id)) continue
    const users = ofGroup.get(id)?.map(({ user }) => idNow.get(user) ?? user)
    wanted.members.set(idNow.get(id) ?? id, new Set(users))
  }
  return wanted
}

export const nameOf = (type: Type, document: string): string => awsNameOf(type, JSON.parse(document))

function keysOf(type: Type, document: string): readonly string[] {
  const { externalId }: JsonObject = JSON.parse(document)
  return [`name ${fold(nameOf(type, document))}`, ...(externalId ? [`id ${externalId}`] : [])]
}
