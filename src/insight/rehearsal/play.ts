import { setImmediate as nextTurn } from 'node:timers/promises'
import type { AssignmentTarget } from '../../domain/ports/account-assignments.ts'
import type { Profile } from '../../profiles/profile.ts'
import { createClockFrom } from '../../provisioning/kit/client.ts'
import type { TargetRequest } from '../../provisioning/kit/target.ts'
import type { JsonObject } from '../../scim/json.ts'
import { openScratch, type Scratch, type ScratchState } from '../../storage/sqlite/scratch.ts'
import type { AwsDirectory } from '../../traffic/aws-directory/directory.ts'
import { scratchRows } from '../../traffic/aws-directory/rows.ts'
import { evaluatedProfile } from '../analysis/evaluation/evaluated-profile.ts'
import { createScimCopy, toTargetResponse } from '../scim-copy.ts'
import type { DirectoryReads, PlayedClient, PlayedWithTimes, PlayOptions, State } from './played.ts'
import { createRecorder } from './recorder.ts'

/** Requests between two turns of the event loop: some 15 ms. */
const requestsPerTurn = 100

/**
 * Runs a client against a copy of the directory. The clock is the client's: each request takes the time that it has at the
 * pace of the client, and nothing waits. Rejects with the reason of the signal.
 */
export async function play(
  directory: AwsDirectory,
  profile: Profile,
  client: PlayedClient,
  { now, horizon, signal, onProgress = () => {}, withoutRequests }: PlayOptions,
): Promise<PlayedWithTimes> {
  const scratch = openScratch(scratchRows(directory, profile.schema.resourceTypes))
  try {
    const idOf = (id: string) => directory.users.get(id)?.id ?? id
    const before = stateOf(scratch.keep(), idOf)
    const clock = createClockFrom(now, () => 0)
    const recorder = createRecorder(clock.now, idOf, withoutRequests ? undefined : scratch)
    const copy = createScimCopy({
      // Hashing secrets takes long, and nothing reads the hashes.
      profile: evaluatedProfile(profile, 'POST'),
      store: scratch.store,
      tenant: scratch.tenant,
      clock: clock.now,
    })
    const timeOfRequest = 1000 / client.requestsPerSecond
    let sent = 0
    const target = async (request: TargetRequest) => {
      if (++sent % requestsPerTurn === 0) await nextTurn(undefined, { signal })
      const answer = await copy.answer(request)
      const response = toTargetResponse(answer)
      recorder.record(request, response, answer.rule)
      clock.advanceTo(clock.now() + timeOfRequest)
      return response
    }
    await client.run({
      ...{ target, clock, horizon, signal, onProgress },
      directory: readsOf(scratch),
      beginCycle: recorder.beginCycle,
    })
    signal.throwIfAborted()
    const after = stateOf(scratch, idOf)
    const { title, objects } = client
    return {
      ...{ directory, profile, before, after, client: { title, objects } },
      links: new Map(Array.from(client.links(), ([source, aws]) => [source, idOf(aws)])),
      unsent: client.unsent(),
      ...recorder.end(),
      assignments: remainingAssignments(directory.assignments, profile, before, after),
      [Symbol.asyncDispose]: scratch.close,
    }
  } catch (error) {
    await scratch.close()
    throw error
  }
}

/** `idOf` returns the directory's own string of an ID. Copies of 100,000 IDs would take 6 MB. */
function stateOf({ documents, members }: ScratchState, idOf: (id: string) => string): State {
  const users = documents('User')
  function* withIds() {
    for (const [id, document] of users) yield [idOf(id), document] as const
  }
  return { users: { ...users, [Symbol.iterator]: withIds }, groups: documents('Group'), members }
}

const readsOf = (scratch: Scratch): DirectoryReads => {
  // Parsed one by one: the client may write between two of them.
  function* resources(type: string): Generator<JsonObject & { readonly id: string }> {
    for (const [, document] of [...scratch.documents(type)]) yield JSON.parse(document)
  }
  return {
    users: () => resources('User'),
    groups: () => resources('Group'),
    members: scratch.members,
  }
}

function remainingAssignments(
  assignments: readonly AssignmentTarget[],
  { awsApis }: Profile,
  before: State,
  after: State,
): readonly AssignmentTarget[] {
  if (awsApis?.assignmentsOfDeleted !== 'delete') return assignments
  const isDeleted = ({ type, id }: AssignmentTarget['principal']) => {
    const kind = type === 'User' ? 'users' : 'groups'
    return before[kind].has(id) && !after[kind].has(id)
  }
  return assignments.filter(({ principal }) => !isDeleted(principal))
}
