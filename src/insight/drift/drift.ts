import { hash } from 'node:crypto'
import type {
  Drift,
  DriftCategory,
  DriftItem,
  IgnoreRule,
  PreviousDrift,
} from '../../domain/contract/drift.ts'
import type { RehearsalInput } from '../../domain/contract/rehearsal.ts'
import { driftSeverities } from '../../domain/drift.ts'
import { readDuration } from '../../domain/duration.ts'
import type { Profile } from '../../profiles/profile.ts'
import { compact } from '../../scim/json.ts'
import { compareCodePoints } from '../../scim/text.ts'
import type { AwsDirectory } from '../../traffic/aws-directory/directory.ts'
import { createClient, hasState, readSource } from '../rehearsal/clients.ts'
import { play } from '../rehearsal/play.ts'
import { maxListed, type Run } from '../rehearsal/setup.ts'
import { checkRules, describeRule, isExpired, matchesRule } from './ignore.ts'
import { createFinder, type Found } from './items.ts'
import { wantedByBaseline, wantedBySource } from './wanted.ts'

export type DriftRequest = {
  readonly directory: AwsDirectory
  readonly profile: Profile
  /** Milliseconds since 1970. */
  readonly now: number
  readonly source?: Pick<RehearsalInput, 'files' | 'client'>
  /** An earlier export. With a source, only what was created again since then counts. */
  readonly baseline?: AwsDirectory
  readonly ignore?: IgnoreRule[]
  /** A duration such as `90m`. */
  readonly grace?: string
  readonly previous?: PreviousDrift
}

type Kind = {
  readonly severity: DriftItem['severity']
  readonly remedy: string
  /** Whether the next cycle of a client can correct it. */
  readonly isCorrectable?: true
}

const kind = (severity: Kind['severity'], remedy: string): Kind => ({ severity, remedy })
const correctable = (severity: Kind['severity'], remedy: string): Kind => ({
  ...kind(severity, remedy),
  isCorrectable: true,
})

const kinds: Readonly<Record<DriftCategory, Kind>> = {
  'user-missing': correctable(
    'error',
    'Provision the user, or take the user out of the scope of the client.',
  ),
  'user-extra': kind('warning', 'Disable or delete the user at AWS, or add the user to the source.'),
  'user-differs': correctable('warning', 'Provision the user again, or change the value in the source.'),
  'user-disabled-differs': correctable('error', 'Provision the user again, or change the source.'),
  'user-recreated': kind('error', 'Assign accounts and groups again: they belonged to the former ID.'),
  'group-missing': correctable('error', 'Provision the group, or take it out of the scope of the client.'),
  'group-extra': kind('warning', 'Delete the group at AWS, or add it to the source.'),
  'group-differs': correctable('warning', 'Provision the group again, or change the value in the source.'),
  'group-renamed': correctable('warning', 'Rename the group where its name is wrong.'),
  'group-recreated': kind('error', 'Assign accounts again: they belonged to the former ID.'),
  'member-missing': correctable('error', 'Restart provisioning: clients send only changes of members.'),
  'member-extra': kind('warning', 'Remove the member at AWS: clients remove only members that they know.'),
  'assignment-orphaned': kind('warning', 'Delete the account assignment: its user or group is gone.'),
  'assignment-of-disabled': kind('note', 'Delete the account assignment if the user stays disabled.'),
  'stale-group': kind('note', 'Delete the group: it has no members and no account assignments.'),
  'changed-outside-scim': kind('warning', 'Find out who changed it: provisioning may not correct it.'),
  'external-id-foreign': kind('warning', 'Delete the external ID at AWS: another provider created it.'),
  unknown: kind('note', 'Export the directory again, with the newest AWS CLI and the export script.'),
  'ignore-expired': kind('error', 'Correct the difference, or give the rule a new reason and day.'),
  'ignore-unused': kind('note', 'Delete the rule: nothing matches it.'),
}

/** Compares an AWS directory with a source, an earlier export, or both. Throws `RehearsalError`. */
export async function findDrift(request: DriftRequest, run: Run): Promise<Drift> {
  const { directory, profile, now, source, baseline, ignore = [], previous } = request
  checkRules(ignore, now)
  const settle = createSettle(request)
  const list = createList()
  const ids = new Set<string>()
  const objects = new Set<string>()
  const valid = ignore.filter(rule => !isExpired(rule, now))
  const used = new Set<IgnoreRule>()
  const add = (found: Iterable<Found>, rules: readonly IgnoreRule[] = valid) => {
    for (const item of found) {
      const { category, object, path = '' } = item
      const key = [category, object.id, path].join('\0')
      // A slice of a string would keep all of it in memory.
      const id = hash('sha256', key, 'buffer').toString('hex', 0, 8)
      objects.add(object.id)
      if (ids.has(id)) continue
      ids.add(id)
      const rule = rules.find(rule => matchesRule(rule, { id, ...item }))
      if (rule) used.add(rule)
      list.add({ ...settle(id, item), ...(rule && { state: 'ignored', reason: rule.reason }) })
    }
  }
  const played = source && (await playOnce(request, source, run))
  // After the play: each needs 60 MB for 100,000 users.
  const finder = createFinder(directory)
  if (played) add(finder.against(played.wanted))
  if (baseline) {
    const since = wantedByBaseline(directory, baseline, profile)
    add(played ? recreated(finder.against(since)) : finder.against(since))
  }
  add(finder.alone(id => objects.has(id)))
  const unused = ignore.filter(rule => !used.has(rule)).map(rule => aboutRule(rule, now))
  // No rule hides an item about a rule.
  add(unused, [])

  const files = source?.files.map(({ name }) => name).sort() ?? []
  const { counts, states, ...listed } = list.end()
  return {
    drift: 1,
    sides: {
      aws: describeSide(directory),
      ...(played && { source: { client: played.title, files } }),
      ...(baseline && { baseline: describeSide(baseline) }),
    },
    counts,
    states,
    resolved: previous?.items.filter(item => isCounted(item) && !ids.has(item.id)).map(({ id }) => id) ?? [],
    ...listed,
    notes: [...directory.notes, ...(played?.warnings ?? [])],
  }
}

function* recreated(items: Iterable<Found>): Generator<Found> {
  for (const item of items) if (item.category.endsWith('-recreated')) yield item
}

/** One cycle of a client that knows what it has provisioned. */
async function playOnce(
  { directory, profile, now }: DriftRequest,
  { client, files }: NonNullable<DriftRequest['source']>,
  run: Run,
) {
  const source = await readSource(client.name, files)
  const player = createClient({ ...client, ...(hasState(client.name) && { linked: true }) }, source, profile)
  await using played = await play(directory, profile, player, { now, horizon: now, ...run })
  const wanted = wantedBySource(played)
  // Google provisions no groups.
  if (client.name === 'google') for (const id of directory.groups.keys()) wanted.differences.set(id, [])
  return { wanted, title: player.title, warnings: source.warnings }
}

/** Counts all items and keeps the worst 10,000: if 100,000 users differ, all of them would take 300 MB. */
function createList() {
  const counts: Drift['counts'] = {}
  const states: Drift['states'] = {}
  const unknown: DriftItem[] = []
  let items: DriftItem[] = []
  let total = 0

  const dropOthers = () => {
    items = items.sort(inOrder).slice(0, maxListed)
  }
  return {
    add(item: DriftItem): void {
      const { category, severity, state } = item
      total++
      states[state] = (states[state] ?? 0) + 1
      if (isCounted(item)) {
        counts[severity] ??= {}
        counts[severity][category] = (counts[severity][category] ?? 0) + 1
      }
      if (category === 'unknown' && state !== 'ignored') unknown.push(item)
      items.push(item)
      if (items.length >= 2 * maxListed) dropOthers()
    },
    end(): Pick<Drift, 'counts' | 'states' | 'partial' | 'items' | 'itemsOmitted'> {
      dropOthers()
      const worstFirst = driftSeverities.flatMap(severity => {
        const categories = counts[severity]
        return categories ? [[severity, sortedByName(categories)] as const] : []
      })
      return {
        counts: Object.fromEntries(worstFirst),
        states: sortedByName(states),
        partial: unknown.sort(inOrder).map(({ reason = '' }) => reason),
        items,
        itemsOmitted: total - items.length,
      }
    },
  }
}

const sortedByName = (counts: Readonly<Record<string, number>>): Record<string, number> =>
  Object.fromEntries(Object.entries(counts).sort(([one], [other]) => compareCodePoints(one, other)))

/** Compares an item with the previous report, and says whether it may still wait for the client. */
function createSettle({ directory, now, grace = '', previous }: DriftRequest) {
  const before = new Map(previous?.items.map(item => [item.id, item]))
  const longest = readDuration(grace) ?? 0
  const asOf = directory.read.finished ?? now
  return (id: string, { at, ...found }: Found): DriftItem => {
    const { isCorrectable, ...usual } = kinds[found.category]
    const known = before.get(id)
    const isYoung = at !== undefined && asOf - at < longest
    // AWS does not know when the source changed.
    const isUnconfirmed = longest > 0 && isCorrectable && previous !== undefined && !known
    const state = known && isCounted(known) ? 'known' : 'new'
    return {
      ...{ id, ...usual, ...found },
      ...(at !== undefined && { since: new Date(at).toISOString() }),
      state: isYoung || isUnconfirmed ? 'pending' : state,
    }
  }
}

function aboutRule(rule: IgnoreRule, now: number): Found {
  const category = isExpired(rule, now) ? 'ignore-expired' : 'ignore-unused'
  const name = describeRule(rule)
  return {
    category,
    object: { type: 'Rule', id: name, name },
    reason: `${rule.reason} (until ${rule.until})`,
  }
}

const isCounted = ({ state }: Pick<DriftItem, 'state'>) => state === 'new' || state === 'known'

const inOrder = (one: DriftItem, other: DriftItem): number =>
  driftSeverities.indexOf(one.severity) - driftSeverities.indexOf(other.severity) ||
  compareCodePoints(one.category, other.category) ||
  compareCodePoints(one.object.name, other.object.name) ||
  compareCodePoints(one.id, other.id)

function describeSide({ instance, read: { name, started, finished } }: AwsDirectory): Drift['sides']['aws'] {
  const time = (at: number | undefined) => (at === undefined ? undefined : new Date(at).toISOString())
  return { name, store: instance.store, ...compact({ started: time(started), finished: time(finished) }) }
}
