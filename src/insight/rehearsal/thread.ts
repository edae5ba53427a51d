import { parentPort, workerData } from 'node:worker_threads'
import { type Drift, operations as driftOperations, type PreviousDrift } from '../../domain/contract/drift.ts'
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
import { findDrift } from '../drift/drift.ts'
import { RehearsalError, type RehearsalMistake } from './played.ts'
import { rehearse } from './rehearse.ts'

/** `body` is moved to the thread. */
export type RehearsalThreadData = {
  /** A body can have another previous report. */
  readonly kind:
    | { readonly name: 'rehearsal' }
    | { readonly name: 'drift'; readonly previous?: PreviousDrift }
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
  { kind, body, now, tenant, profile: { name, switches, declared } }: RehearsalThreadData,
  reads: TenantReads,
): Promise<Rehearsal | Drift> {
  const profile = loadProfile(name, switches, declared)
  // The starter ends the thread.
  const { signal } = new AbortController()
  if (kind.name === 'drift') {
    const { files, client, ...input } = parseBody(body, driftOperations.drift.body)
    const directory = await directoryOfTenant(tenant, reads)
    const source = { files, client }
    const { previous } = kind
    const request = { directory, profile, now, source, ...compact({ previous }), ...compact(input) }
    return findDrift(request, { signal })
  }
  const { at, ...input } = parseBody(body, operations.rehearse.body)
  const { memberships, ...directory } = await directoryOfTenant(tenant, reads)
  const { users, groups } = directory
  const played = {
    ...directory,
    // In the order of joining. IDs and authors of 300,000 would take 90 MB.
    memberships: memberships.map(({ group, user }) => ({
      group: groups.get(group)?.id ?? group,
      user: users.get(user)?.id ?? user,
    })),
  }
  const start = at === undefined ? now : Date.parse(at)
  return rehearse({ ...compact(input), directory: played, profile, now: start }, { signal })
}

const reads = ['identities', 'authors', 'memberships', 'assignments', 'permissionSets'] as const

if (parentPort)
  await sendResult<TenantReads, RehearsalMistake>(
    parentPort,
    reads,
    through => play(workerData, through),
    error => (error instanceof RehearsalError ? error.mistakes : undefined),
  )
