import type { RehearsedClient } from '../../../domain/contract/rehearsal.ts'
import { hour } from '../../../domain/duration.ts'
import { toGoogleDirectory } from '../../../provisioning/google/directory/google-directory.ts'
import { type GoogleState, memoryStore, nextDueAt } from '../../../provisioning/google/job/changes.ts'
import { createJob } from '../../../provisioning/google/job/job.ts'
import { isMissing, userBody } from '../../../provisioning/google/planning.ts'
import {
  type App,
  defaultApp,
  everyOccasion,
  requestsPerSecond,
} from '../../../provisioning/google/settings.ts'
import type { SourceDirectory } from '../../../provisioning/kit/directory/source-directory.ts'
import { noLogFile } from '../../../provisioning/kit/log-file.ts'
import { causeText } from '../../../provisioning/kit/scim-request.ts'
import type { PlayContext, PlayedClient } from '../played.ts'
import { certainLinks, type Linked, sourceObjects, targetsIn } from './objects.ts'

/** Runs in which failures repeat, or delays end. */
const maxRuns = 40

type People = ReturnType<typeof toGoogleDirectory>

/** Google provisions people only: its groups are in no scope. */
export function googleClient(client: RehearsedClient, directory: SourceDirectory): PlayedClient {
  const { update = defaultApp.update, deleteAfter = 'never', linked } = client
  const app: App = { ...defaultApp, update, deleteAfter: everyOccasion(deleteAfter) }
  const people = toGoogleDirectory(directory, undefined)
  const whyOut = (id: string) => people.get(id)?.outBecause
  const objects = sourceObjects(directory, {
    has: id => people.has(id) && (whyOut(id) ?? 'suspended') === 'suspended',
    isActive: ({ objectId }) => whyOut(objectId) !== 'suspended',
  })
  const store = memoryStore()
  const { state } = store

  async function run({ clock, horizon, signal, ...play }: PlayContext): Promise<void> {
    if (linked) link(state, certainLinks(objects, play.directory), people, app)
    const job = createJob({ app, store, target: play.target, log: noLogFile, clock: clock.now })
    play.beginCycle()
    await job.activate()
    for (let nth = 0; nth < maxRuns; nth++) {
      const begun = clock.now()
      const { ending, users, failed } = await job.sync({
        ...{ directory: people, signal },
        onProgress: ({ phase, done, total }) => play.onProgress(phase, done, total),
      })
      if (ending !== 'completed') return
      const hasChanged = Object.values(users).some(count => count > 0)
      // Google publishes no interval. What failed may succeed after other changes.
      const next = failed > 0 && hasChanged ? clock.now() + hour : nextDueAt(state, app, begun)
      if (next === undefined || next > horizon) return
      clock.advanceTo(next)
      play.beginCycle()
    }
  }

  return {
    title: `Google Workspace, changes by ${update.toUpperCase()}`,
    ...{ objects, requestsPerSecond, run },
    links: () => targetsIn(state.people),
    unsent: () =>
      new Map(
        [...state.people].flatMap(([id, { failure }]) =>
          failure ? [[id, { outcome: 'refused', reason: causeText(failure.cause) }] as const] : [],
        ),
      ),
  }
}

/** As after earlier runs. People who are in scope are sent again. */
function link(state: GoogleState, { links }: Linked, people: People, app: App): void {
  for (const user of people.values()) {
    const target = links.get(user.id)
    const body = userBody(user, app, true)
    if (target === undefined || isMissing(body)) continue
    const sent = user.outBecause === undefined ? {} : body
    state.people.set(user.id, { email: user.primaryEmail, target, sent })
  }
}
