import type { RehearsedClient } from '../../../domain/contract/rehearsal.ts'
import type { SourceDirectory } from '../../../provisioning/kit/directory/source-directory.ts'
import { noLogFile } from '../../../provisioning/kit/log-file.ts'
import { toOktaDirectory } from '../../../provisioning/okta/directory.ts'
import { memoryStore, type OktaState } from '../../../provisioning/okta/job/changes.ts'
import { createJob, tasksIn } from '../../../provisioning/okta/job/job.ts'
import { defaultApp, requestsPerSecond } from '../../../provisioning/okta/settings.ts'
import type { PlayContext, PlayedClient, SourceObject, Unsent } from '../played.ts'
import { certainLinks, type Linked, sourceObjects, targetsIn } from './objects.ts'

export function oktaClient(client: RehearsedClient, directory: SourceDirectory): PlayedClient {
  const { app: family = defaultApp.family, groupLinking = 'on', importFirst, linked } = client
  // Without group linking, Okta only links groups that an import saw.
  const app = { ...defaultApp, family, groupImport: groupLinking === 'off' }
  const okta = toOktaDirectory(directory)
  const objects = sourceObjects(directory, {
    has: id => okta.assigned.has(id) || okta.pushed.has(id),
    isActive: ({ objectId }) => okta.users.get(objectId)?.lifecycle === 'active',
  })
  const store = memoryStore()
  const { state } = store

  async function run(play: PlayContext): Promise<void> {
    const { clock, signal, beginCycle, onProgress } = play
    if (linked) link(state, certainLinks(objects, play.directory), objects)
    const job = createJob({
      ...{ app, store, target: play.target, log: noLogFile, clock: clock.now },
      async waitUntil(time) {
        clock.advanceTo(time)
        return true
      },
      newPassword: () => 'password',
    })
    if (importFirst) {
      beginCycle()
      await job.importAll({ directory: okta, signal })
    }
    beginCycle()
    await job.sync({
      ...{ directory: okta, signal },
      onProgress: ({ phase, done, total }) => onProgress(phase, done, total),
    })
  }

  return {
    title: `Okta, ${family === 'catalog' ? 'app of the catalog' : 'app of the wizard'}${importFirst ? ', import first' : ''}`,
    ...{ objects, requestsPerSecond, run },
    links: () => targetsIn([...state.users, ...state.groups]),
    unsent() {
      const unsent = new Map<string, Unsent>()
      for (const { id, lifecycle } of okta.users.values()) {
        if (lifecycle === 'active' || !okta.assigned.has(id) || state.users.has(id)) continue
        const status = lifecycle === 'suspended' ? 'suspended' : 'not active'
        unsent.set(id, { outcome: 'skipped', reason: `Okta sends nothing for a user who is ${status}.` })
      }
      for (const { id, sentence } of tasksIn(state, app.label)) {
        unsent.set(id, { outcome: 'refused', reason: sentence })
      }
      return unsent
    },
  }
}

/** As after earlier pushes. Everything is sent again. */
function link(state: OktaState, { links, members }: Linked, objects: readonly SourceObject[]): void {
  const logins = new Map(objects.map(({ id, name }) => [id, name]))
  const memberOf = (id: string) => ({ value: links.get(id) ?? '', display: logins.get(id) ?? id })
  for (const { id, type, name } of objects) {
    const target = links.get(id)
    if (target === undefined) continue
    if (type === 'User') state.users.set(id, { name, login: name, target, active: true })
    else {
      const known = Object.fromEntries(members(id).map(member => [member, memberOf(member)]))
      state.groups.set(id, { name, target, members: known, leftOut: [] })
    }
  }
}
