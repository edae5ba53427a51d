import type { RehearsedClient } from '../../../domain/contract/rehearsal.ts'
import type { Profile } from '../../../profiles/profile.ts'
import { createJob } from '../../../provisioning/entra/job/job.ts'
import {
  emptyState,
  type JobState,
  memoryStore,
  requestsPerSecond,
} from '../../../provisioning/entra/job/job-state.ts'
import { evaluateExpression } from '../../../provisioning/entra/mapping/expression.ts'
import type { Mapping } from '../../../provisioning/entra/mapping/mapping.ts'
import {
  evaluateScope,
  recycleBinRetention,
  scopedUserContext,
} from '../../../provisioning/entra/mapping/scope.ts'
import type { ProvisioningEntry } from '../../../provisioning/entra/planning/provisioning-log.ts'
import { codes } from '../../../provisioning/entra/planning/responses.ts'
import type { SourceDirectory, SourceUser } from '../../../provisioning/kit/directory/source-directory.ts'
import { compact } from '../../../scim/json.ts'
import { countedIds, entraJobConfig, mappingMistakes, readNamedMapping } from '../../preflight/entra-job.ts'
import type { PlayContext, PlayedClient, SourceObject, Unsent } from '../played.ts'
import { errorIn } from '../source.ts'
import { certainLinks, type Linked, sourceObjects, targetsIn } from './objects.ts'

/** Ends the play of a job whose failures stay the same. */
const maxCycles = 40

export function entraClient(
  client: RehearsedClient,
  directory: SourceDirectory,
  profile: Profile,
): PlayedClient {
  const { mapping, mappingName } = readMappingOf(client, profile)
  const options = { name: 'rehearsal', mapping, ...compact({ scope: client.scope }) }
  const config = {
    ...entraJobConfig(directory, profile, options),
    ...compact({
      disabledUnlinked: client.disabledUnlinked,
      skipOutOfScopeDeletions: client.skipOutOfScopeDeletions,
    }),
  }
  const scope = evaluateScope(directory, mapping, config.scope)
  const inScope = new Set(
    [...directory.users, ...directory.groups].filter(scope.has).map(({ objectId }) => objectId),
  )
  const objects = sourceObjects(directory, {
    has: id => inScope.has(id),
    nameIdOf: user => nameIdOf(mapping, user),
  })
  const state = emptyState()
  const unsent = new Map<string, Unsent>()

  async function run({ clock, horizon, signal, ...play }: PlayContext): Promise<void> {
    if (client.linked) link(state, certainLinks(objects, play.directory), objects)
    let lastWrite = 0
    const failedAt = new Map<string, number>()
    const job = createJob({
      ...{ config, state: { ...memoryStore(), state }, clock: clock.now, newId: countedIds() },
      async target(request) {
        const response = await play.target(request)
        const isWrite = request.method !== 'GET' && response.kind === 'response' && response.status < 300
        if (isWrite) lastWrite = clock.now()
        return response
      },
      log: {
        provisioned(entry) {
          const { id } = entry.sourceIdentity
          const found = inScope.has(id) ? unsentOf(entry) : undefined
          if (found) unsent.set(id, found)
          else unsent.delete(id)
          if (entry.provisioningStatusInfo.status === 'failure') failedAt.set(id, clock.now())
        },
        audited: () => {},
        flush: async () => {},
      },
    })
    const purges = directory.users
      .flatMap(({ deletedAt }) => (deletedAt === undefined ? [] : [deletedAt + recycleBinRetention]))
      .filter(time => time > clock.now() && time <= horizon)
      .sort((one, other) => one - other)

    for (let cycle = 0; cycle < maxCycles; cycle++) {
      play.beginCycle()
      const begun = clock.now()
      const report = await job.runCycle({
        ...{ directory, signal, now: true },
        onProgress: ({ phase, done, total }) => play.onProgress(`Cycle ${cycle + 1}: ${phase}`, done, total),
      })
      if (report.nextCycleAt === undefined) return
      const next = lastWrite >= begun ? report.nextCycleAt : nextChange(begun)
      if (next === undefined || next > horizon) return
      clock.advanceTo(next)
    }

    /** After a cycle that changed nothing: when an object is tried again for the first time since the last change, or purged. */
    function nextChange(begun: number): number | undefined {
      const retries = [...state.objects].flatMap(([id, { escrow, references }]) =>
        (failedAt.get(id) ?? 0) > lastWrite
          ? []
          : [escrow, references].flatMap(each => (each && each.attempts > 0 ? [each.nextAttempt] : [])),
      )
      const times = [...retries, ...purges].filter(time => time > begun && time <= horizon)
      return times.length === 0 ? undefined : times.reduce((one, other) => Math.min(one, other))
    }
  }

  return {
    title: `Microsoft Entra ID, ${mappingName === 'file' ? 'mapping of a file' : `mapping ${mappingName}`}`,
    ...{ objects, requestsPerSecond, run, unsent: () => unsent },
    links: () => targetsIn(state.objects),
  }
}

function readMappingOf({ mapping }: RehearsedClient, { name }: Profile) {
  try {
    return readNamedMapping(mapping, name)
  } catch (error) {
    throw errorIn('client', mappingMistakes(error))
  }
}

/** The value of `userName`, whether the user is in scope or not. */
function nameIdOf({ users }: Mapping, user: SourceUser): string | undefined {
  const userName = users.attributes.find(({ target }) => target.toLowerCase() === 'username')
  const value = userName && evaluateExpression(userName.source, scopedUserContext(user, true, []))
  return typeof value === 'string' && value !== '' ? value : undefined
}

/** As after earlier cycles. Everything is compared again in the next one. */
function link(state: JobState, { links, members }: Linked, objects: readonly SourceObject[]): void {
  for (const { id, type, name } of objects) {
    const target = links.get(id)
    if (target === undefined) continue
    const isUser = type === 'User'
    state.objects.set(id, {
      ...{ kind: isUser ? 'user' : 'group', name, target, managed: true },
      ...(!isUser && { members: new Set(members(id)) }),
    })
  }
}

/** Why an object that is in scope did not arrive; undefined if it did. */
function unsentOf({ provisioningStatusInfo, provisioningSteps }: ProvisioningEntry): Unsent | undefined {
  const { status, errorInformation } = provisioningStatusInfo
  const { description: reason = '', details = {} } = provisioningSteps.at(-1) ?? {}
  if (status === 'failure') {
    const isAmbiguous = errorInformation?.errorCode === codes.duplicateTargetEntries
    return { outcome: isAmbiguous ? 'ambiguous' : 'refused', reason }
  }
  const isSkipped = status === 'skipped' && details.SkipReason !== codes.redundantExport
  return isSkipped ? { outcome: 'skipped', reason } : undefined
}
