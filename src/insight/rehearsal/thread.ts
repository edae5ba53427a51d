import { parentPort, workerData } from 'node:worker_threads'
import { BodyError, type FieldError, parseBody } from '../../domain/contract/problem.ts'
import { operations, type Rehearsal } from '../../domain/contract/rehearsal.ts'
import {
  askThrough,
  type RemoteCall,
  remoteFunctions,
  rowsForMessages,
} from '../../domain/event-loop/file-thread.ts'
import type { ProfileName } from '../../profiles/names.ts'
import { loadProfile } from '../../profiles/registry.ts'
import type { Declarations } from '../../scim/declare/declarations.ts'
import { compact } from '../../scim/json.ts'
import {
  directoryOfTenant,
  type TenantFacts,
  type TenantReads,
} from '../../traffic/aws-directory/of-tenant.ts'
import { RehearsalError, type RehearsalMistake } from './played.ts'
import { rehearse } from './rehearse.ts'

/** `body` is moved to the thread. */
export type RehearsalThreadData = {
  readonly body: Uint8Array<ArrayBuffer>
  readonly now: number
  readonly tenant: TenantFacts
  readonly profile: {
    readonly name: ProfileName
    readonly switches: Readonly<Record<string, string>>
    readonly declared: Declarations
  }
}

export type RehearsalLists = Pick<Rehearsal, 'people' | 'objects'>

/** The starter answers `read` with its result, and `lists` when it wants the next message. Classes of errors would be lost on the way. */
export type RehearsalThreadMessage =
  | { readonly read: RemoteCall<TenantReads> }
  | { readonly lists: Partial<RehearsalLists> }
  | { readonly rest: Omit<Rehearsal, keyof RehearsalLists> }
  | { readonly mistakes: readonly RehearsalMistake[] }
  | { readonly invalid: { readonly message: string; readonly errors: readonly FieldError[] } }

async function run(port: NonNullable<typeof parentPort>, data: RehearsalThreadData): Promise<void> {
  const send = (message: RehearsalThreadMessage) => port.postMessage(message)
  const ask = askThrough(port)
  const reads = remoteFunctions<TenantReads>(
    ['identities', 'authors', 'memberships', 'assignments', 'permissionSets'],
    ask,
  )
  try {
    const { people, objects, ...rest } = await play(data, reads)
    for (const rows of rowsForMessages(people)) await ask({ lists: { people: rows } })
    for (const rows of rowsForMessages(objects)) await ask({ lists: { objects: rows } })
    send({ rest })
  } catch (error) {
    if (error instanceof RehearsalError) send({ mistakes: error.mistakes })
    else if (error instanceof BodyError) send({ invalid: { message: error.message, errors: error.errors } })
    else throw error
  }
}

async function play(
  { body, now, tenant, profile: { name, switches, declared } }: RehearsalThreadData,
  reads: TenantReads,
): Promise<Rehearsal> {
  const { at, ...input } = parseBody(body, operations.rehearse.body)
  const directory = await directoryOfTenant(tenant, reads)
  const request = {
    ...compact(input),
    directory,
    profile: loadProfile(name, switches, declared),
    now: at === undefined ? now : Date.parse(at),
  }
  // The starter ends the thread.
  return rehearse(request, { signal: new AbortController().signal })
}

if (parentPort) await run(parentPort, workerData)
