import type { RehearsedClient } from '../../../domain/contract/rehearsal.ts'
import { minute } from '../../../domain/duration.ts'
import { idpScimSyncScope, planIdpScimSync } from '../../../provisioning/directory-sync/idp-scim-sync.ts'
import { rulesOf } from '../../../provisioning/directory-sync/rules.ts'
import {
  type AwsReads,
  type GoogleSource,
  type SyncResult,
  toGoogleSource,
} from '../../../provisioning/directory-sync/run.ts'
import { planSsosync, ssosyncScope } from '../../../provisioning/directory-sync/ssosync.ts'
import type { SourceDirectory } from '../../../provisioning/kit/directory/source-directory.ts'
import { executePlan, type Plan } from '../../../provisioning/kit/run.ts'
import {
  type PlayContext,
  type PlayedClient,
  RehearsalError,
  type SourceObject,
  type Unsent,
} from '../played.ts'

/** One request after the other, each of some 100 ms: assumed. */
const requestsPerSecond = 10

/** The schedule that both clients recommend. */
const interval = 15 * minute

type Sync = {
  readonly title: string
  readonly scope: GoogleSource
  readonly plan: (aws: AwsReads) => Plan<SyncResult>
  /** Whether a run after a complete one reads AWS again. */
  readonly readsAgain: boolean
}

export function directorySyncClient(client: RehearsedClient, directory: SourceDirectory): PlayedClient {
  const { title, scope, plan, readsAgain } = syncOf(client, toGoogleSource(directory))
  const objects = [...objectsOf(scope, directory)]
  const links = new Map<string, string>()
  const unsent = new Map<string, Unsent>()

  async function run({
    target,
    clock,
    directory: aws,
    horizon,
    beginCycle,
    onProgress,
  }: PlayContext): Promise<void> {
    for (let nth = 1; nth <= 2; nth++) {
      beginCycle()
      onProgress(`Run ${nth}`, nth - 1, 2)
      const result = await executePlan(plan(aws), target)
      unsent.clear()
      for (const [id, found] of result.links) links.set(id, found)
      for (const [id, reason] of result.refused) unsent.set(id, { outcome: 'refused', reason })
      if (result.stopped !== undefined) {
        const reason = `The run ended early: ${result.stopped}`
        for (const { id, isInScope } of objects) {
          if (isInScope && !result.links.has(id) && !unsent.has(id))
            unsent.set(id, { outcome: 'skipped', reason })
        }
      }
      const next = clock.now() + interval
      if ((!readsAgain && result.stopped === undefined) || next > horizon) return
      clock.advanceTo(next)
    }
  }

  return { title, objects, requestsPerSecond, run, links: () => links, unsent: () => unsent }
}

function syncOf(client: RehearsedClient, source: GoogleSource): Sync {
  const { version, method = 'groups', ignoreUsers = [], ignoreGroups = [], retain = false } = client
  if (client.name === 'idp-scim-sync') {
    const scope = idpScimSyncScope(source)
    return { title: client.name, scope, plan: aws => planIdpScimSync(scope, aws), readsAgain: false }
  }
  const rules = rulesOf('ssosync', version)
  if (retain && !rules.canRetain) {
    throw new RehearsalError([
      {
        part: 'client',
        message: `ssosync ${version} can't retain users and groups: use version 2.8 or later.`,
      },
    ])
  }
  const options = { method, ignoreUsers, ignoreGroups, retain }
  const scope = ssosyncScope(source, rules, options)
  return {
    title: `ssosync ${version ?? rules.from.join('.')}, method ${method}`,
    scope,
    plan: aws => planSsosync(scope, aws, rules, options),
    readsAgain: true,
  }
}

function* objectsOf({ people, groups }: GoogleSource, directory: SourceDirectory): Generator<SourceObject> {
  const copied = new Set(people.map(({ id }) => id))
  const membersOf = new Map(groups.map(({ id, members }) => [id, members.map(member => member.id)]))
  for (const { objectId: id, attributes, accountEnabled, deletedAt } of directory.users) {
    const email = String(attributes.userPrincipalName)
    yield {
      ...{ id, type: 'User', name: email, nameId: email, attributes, isInScope: copied.has(id) },
      isEnabled: accountEnabled && deletedAt === undefined,
    }
  }
  for (const { objectId: id, attributes, deletedAt } of directory.groups) {
    const members = membersOf.get(id)
    yield {
      ...{ id, type: 'Group', name: String(attributes.displayName ?? id), attributes },
      isInScope: members !== undefined,
      isEnabled: deletedAt === undefined,
      ...(members && { members }),
    }
  }
}
