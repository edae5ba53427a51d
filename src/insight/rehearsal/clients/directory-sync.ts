import { clientVersion, type RehearsedClient } from '../../../domain/contract/rehearsal.ts'
import { minute } from '../../../domain/duration.ts'
import { idpScimSyncScope, syncAll } from '../../../provisioning/directory-sync/idp-scim-sync.ts'
import {
  type GoogleSource,
  RunEnded,
  type Sync,
  toGoogleSource,
} from '../../../provisioning/directory-sync/run.ts'
import {
  compareAll,
  copyUsersThenGroups,
  ssosyncRules,
  ssosyncScope,
} from '../../../provisioning/directory-sync/ssosync.ts'
import type { SourceDirectory } from '../../../provisioning/kit/directory/source-directory.ts'
import { executePlan } from '../../../provisioning/kit/run.ts'
import type { PlayContext, PlayedClient, Unsent } from '../played.ts'
import { errorIn } from '../source.ts'
import { sourceObjects } from './objects.ts'

/** One request after the other, each of some 100 ms: assumed. */
const requestsPerSecond = 10

/** The schedule that both clients recommend. */
const interval = 15 * minute

export function directorySyncClient(client: RehearsedClient, directory: SourceDirectory): PlayedClient {
  const { title, scope, sync, readsAgain } = syncOf(client, toGoogleSource(directory))
  const inScope = new Set([...scope.people, ...scope.groups].map(({ id }) => id))
  const objects = sourceObjects(directory, { has: id => inScope.has(id) })
  const links = new Map<string, string>()
  const unsent = new Map<string, Unsent>()

  async function run({ clock, target, ...play }: PlayContext): Promise<void> {
    for (let nth = 1; nth <= 2; nth++) {
      play.beginCycle()
      play.onProgress(`Run ${nth}`, nth - 1, 2)
      const synced = { links: new Map<string, string>(), refused: new Map<string, string>() }
      const ended = await executePlan(sync(play.directory, synced), target).catch((error: unknown) => {
        if (error instanceof RunEnded) return error
        throw error
      })
      unsent.clear()
      for (const [id, found] of synced.links) links.set(id, found)
      for (const [id, reason] of synced.refused) unsent.set(id, { outcome: 'refused', reason })
      if (ended?.subject !== undefined)
        unsent.set(ended.subject, { outcome: 'refused', reason: ended.message })
      const reason = `The run ended early: ${ended?.message}`
      for (const id of ended ? inScope : []) {
        if (!synced.links.has(id) && !unsent.has(id)) unsent.set(id, { outcome: 'skipped', reason })
      }
      const next = clock.now() + interval
      if ((!readsAgain && !ended) || next > play.horizon) return
      clock.advanceTo(next)
    }
  }

  return { title, objects, requestsPerSecond, run, links: () => links, unsent: () => unsent }
}

/** `readsAgain`: whether a run after a complete one reads AWS again. */
function syncOf(
  { name, version, method = 'groups', ignoreUsers = [], ignoreGroups = [], retain = false }: RehearsedClient,
  source: GoogleSource,
): {
  readonly title: string
  readonly scope: GoogleSource
  readonly sync: Sync
  readonly readsAgain: boolean
} {
  // Commands pass what was typed.
  const issue = clientVersion.optional().safeParse(version).error?.issues[0]
  if (issue) throw errorIn('client', [`${name} ${version}: ${issue.message}`])
  if (name === 'idp-scim-sync') {
    const scope = idpScimSyncScope(source)
    return { title: name, scope, sync: syncAll(scope), readsAgain: false }
  }
  const rules = ssosyncRules(version)
  if (retain && !rules.canRetain) {
    const message = `ssosync ${version} can't retain users and groups: use version 2.8 or later.`
    throw errorIn('client', [message])
  }
  const scope = ssosyncScope(source, rules, { method, ignoreUsers, ignoreGroups, retain })
  const sync =
    method === 'users_groups' ? copyUsersThenGroups(scope, rules) : compareAll(scope, rules, retain)
  return {
    ...{ scope, sync, readsAgain: true },
    title: `ssosync ${version ?? rules.from.join('.')}, method ${method}`,
  }
}
