import { parentPort, workerData } from 'node:worker_threads'
import { parseBody } from '../../domain/contract/problem.ts'
import { operations, type Rehearsal } from '../../domain/contract/rehearsal.ts'
import { sendResult } from '../../domain/event-loop/file-thread.ts'
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

const reads = ['identities', 'authors', 'memberships', 'assignments', 'permissionSets'] as const

if (parentPort)
  await sendResult<TenantReads, RehearsalMistake>(
    parentPort,
    reads,
    through => play(workerData, through),
    error => (error instanceof RehearsalError ? error.mistakes : undefined),
  )
