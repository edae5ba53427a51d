import { clientVersion, type RehearsedClient } from '../../../domain/contract/rehearsal.ts'
import { minute } from '../../../domain/duration.ts'
import { idpScimSyncScope, planIdpScimSync } from '../../../provisioning/directory-sync/idp-scim-sync.ts'
import { ssosyncRules } from '../../../provisioning/directory-sync/rules.ts'
import {
  type AwsReads,
  type GoogleSource,
  type SyncResult,
  toGoogleSource,
} from '../../../provisioning/directory-sync/run.ts'
import { planSsosync, ssosyncScope } from '../../../provisioning/directory-sync/ssosync.ts'
import type { SourceDirectory } from '../../../provisioning/kit/directory/source-directory.ts'
import { executePlan, type Plan } from '../../../provisioning/kit/run.ts'
import { type PlayContext, type PlayedClient, RehearsalError, type Unsent } from '../played.ts'
import { sourceObjects } from './objects.ts'

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
  const inScope = new Set([...scope.people, ...scope.groups].map(({ id }) => id))
  const objects = sourceObjects(directory, { has: id => inScope.has(id) })
  const links = new Map<string, string>()
  const unsent = new Map<string, Unsent>()

  async function run({ clock, ...play }: PlayContext): Promise<void> {
    for (let nth = 1; nth <= 2; nth++) {
      play.beginCycle()
      play.onProgress(`Run ${nth}`, nth - 1, 2)
      const result = await executePlan(plan(play.directory), play.target)
      unsent.clear()
      for (const [id, found] of result.links) links.set(id, found)
      for (const [id, reason] of result.refused) unsent.set(id, { outcome: 'refused', reason })
      const reason = `The run ended early: ${result.stopped}`
      for (const id of result.stopped === undefined ? [] : inScope) {
        if (!result.links.has(id) && !unsent.has(id)) unsent.set(id, { outcome: 'skipped', reason })
      }
      const next = clock.now() + interval
      if ((!readsAgain && result.stopped === undefined) || next > play.horizon) return
      clock.advanceTo(next)
    }
  }

  return { title, objects, requestsPerSecond, run, links: () => links, unsent: () => unsent }
}

function syncOf(client: RehearsedClient, source: GoogleSource): Sync {
  const { version, method = 'groups', ignoreUsers = [], ignoreGroups = [], retain = false } = client
  // Commands pass what was typed.
  const checked = clientVersion.optional().safeParse(version)
  if (!checked.success) {
    const [issue] = checked.error.issues
    throw new RehearsalError([{ part: 'client', message: `${client.name} ${version}: ${issue?.message}` }])
  }
  if (client.name === 'idp-scim-sync') {
    const scope = idpScimSyncScope(source)
    return { title: client.name, scope, plan: aws => planIdpScimSync(scope, aws), readsAgain: false }
  }
  const rules = ssosyncRules(version)
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
