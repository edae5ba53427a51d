import { z } from 'zod'
import type { Cycle } from './cycles.ts'
import { type ExchangeDetail, searchQuery } from './exchanges.ts'
import type { FindingGroup } from './findings.ts'
import type { HistoryEntry, IdentityDetail } from './identities.ts'
import { operation, tenantParams } from './operation.ts'

/** What a session file says about itself. */
export type SessionFacts = {
  readonly tenant: string
  /** The profile of the tenant. */
  readonly profile: string
  /** When it was exported, in real time and by the tenant's clock. */
  readonly exported: string
  readonly tenantTime: string
  /** The version of the server. */
  readonly version: string
  /** The search that selected the requests; absent if the file has all of them. */
  readonly q?: string
  /** The types of the resources, in the order of the profile. */
  readonly types: readonly { readonly name: string; readonly plural: string }[]
}

/** A user, group or other resource with its history, newest first. */
export type SessionResource = {
  readonly resource: IdentityDetail
  readonly history: readonly HistoryEntry[]
}

/** The items in the data blocks of a session file, by the name of the block. A name can have several blocks. */
export type SessionItems = {
  readonly session: SessionFacts
  readonly requests: ExchangeDetail
  readonly cycles: Cycle
  readonly findings: FindingGroup
  readonly resources: SessionResource
}

export type SessionBlock = keyof SessionItems

export const operations = {
  exportSession: operation({
    method: 'GET',
    path: '/tenants/:tenant/session',
    needs: 'read',
    summary: 'Export a session as one HTML file',
    description:
      'Requests, cycles, findings, and all resources with their history, with a viewer: a browser opens the file without a server. Secrets are masked. `q` selects the requests; everything else is always complete.',
    tags: ['tenants'],
    params: tenantParams,
    query: searchQuery.pick({ q: true }),
    response: { status: 200, description: 'The file.', content: { 'text/html': z.string() } },
    problems: [400, 404],
  }),
}
