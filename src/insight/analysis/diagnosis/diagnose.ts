import { createHash } from 'node:crypto'
import { LRUCache } from 'lru-cache'
import { vendorRemedies } from '../../../domain/identity-providers/remedies.ts'
import type { Exchange } from '../../../domain/journal/exchange.ts'
import type { AccountAssignments } from '../../../domain/ports/account-assignments.ts'
import type { Finding, FindingKind, Severity } from '../../../domain/ports/analysis.ts'
import type { Directory, ExchangeEffects } from '../../../domain/ports/directory.ts'
import type { Journal } from '../../../domain/ports/journal.ts'
import type { OAuthClientStore } from '../../../domain/tenants/oauth-clients.ts'
import type { Tenant, TenantStore } from '../../../domain/tenants/tenant.ts'
import { compact } from '../../../scim/json.ts'
import type { SettledClient } from '../client.ts'
import type { Evaluator } from '../evaluation/evaluate.ts'
import { identityRules, referencedIds, referenceRules, valueRules } from './attributes.ts'
import { assignmentRules, awsRules, findLostAssignments } from './aws.ts'
import { credentialRules, sharedTokenRules } from './credentials.ts'
import { directWriteRules } from './direct-writes.ts'
import {
  atMost,
  createHabitTracker,
  createTokenUseCounter,
  readDirectWrite,
  readListCut,
  readStranger,
} from './evidence.ts'
import { otherClientRules } from './other-clients.ts'
import { lookupRules, patchRules } from './requests.ts'
import { responseRules, tokenRules } from './responses.ts'
import {
  type DiagnosisRule,
  type DiagnosisSubject,
  type Evidence,
  type ObservedExchange,
  readSubject,
  subjectName,
} from './subject.ts'
import { tokenRequestRules } from './token-requests.ts'

const maxResources = 10_000

type LastPatch = { readonly exchange: string; readonly hash: string; readonly times: number }

/** Counts consecutive identical PATCH requests that succeeded. Retries after a failure do not count. */
function createRepeatCounter(): (exchange: Exchange) => number {
  const lastOf = new LRUCache<string, LastPatch>(atMost(maxResources))

  return ({ id, method, status, tenant, target, request }) => {
    if (method === 'GET' || target?.id === undefined || status >= 400) return 1
    const key = `${tenant} ${target.type} ${target.id}`
    const last = lastOf.get(key)
    // An exchange is analyzed again if its findings could not be saved.
    if (last?.exchange === id) return last.times
    lastOf.delete(key)
    if (method !== 'PATCH' || request.body === undefined || request.cutFrom !== undefined) return 1
    const hash = createHash('sha256').update(request.body).digest('base64')
    const times = last?.hash === hash ? last.times + 1 : 1
    lastOf.set(key, { exchange: id, hash, times })
    return times
  }
}

const scimRules: readonly DiagnosisRule[] = [
  ...identityRules,
  ...valueRules,
  ...referenceRules,
  ...assignmentRules,
  ...patchRules,
  ...lookupRules,
  ...responseRules,
  ...tokenRules,
  ...sharedTokenRules,
  ...credentialRules,
  ...tokenRequestRules,
  ...awsRules,
  ...otherClientRules,
]

const awsApiRules: readonly DiagnosisRule[] = [...directWriteRules, ...assignmentRules]

const rulesFor = ({ api }: Exchange): readonly DiagnosisRule[] =>
  api === undefined ? scimRules : awsApiRules

function withVendorRemedies(kind: FindingKind): FindingKind {
  const remedies = vendorRemedies[kind.id]
  return remedies ? { ...kind, remedies: { ...kind.remedies, ...remedies } } : kind
}

export const findingKinds: readonly FindingKind[] = [...scimRules, ...directWriteRules].map(
  ({ detect, ...kind }) => withVendorRemedies(kind),
)

const kindsById = new Map(findingKinds.map(kind => [kind.id, kind]))

/** Undefined for kinds of earlier releases that no longer exist. */
export const getFindingKind = (id: string): FindingKind | undefined => kindsById.get(id)

/** Returns the findings of an exchange. Call it once for each, in the order of their responses. */
type Diagnoser = (observed: ObservedExchange) => readonly Finding[]

export function createDiagnoser(): Diagnoser {
  const repeatCount = createRepeatCounter()
  const tokenUse = createTokenUseCounter()
  const habitsOf = createHabitTracker()
  return observed => {
    // The console sends replays, not the client.
    if (observed.exchange.replayOf !== undefined) return []
    const request = readSubject(observed, repeatCount(observed.exchange), tokenUse(observed.exchange))
    const subject = { ...request, ...compact({ habits: habitsOf(request) }) }
    const findings: Finding[] = []
    for (const { id, detect } of rulesFor(observed.exchange)) {
      const evidence = detect(subject)
      if (evidence !== undefined) findings.push(toFinding(id, evidence, subject))
    }
    return findings
  }
}

function toFinding(id: string, evidence: string | Evidence, subject: DiagnosisSubject): Finding {
  if (typeof evidence !== 'string') return { id, ...evidence }
  return { id, ...compact({ subject: subjectName(subject) }), detail: evidence }
}

type DiagnoserDeps = {
  readonly tenants: Pick<TenantStore, 'find'>
  readonly effects: Pick<ExchangeEffects, 'typesBefore' | 'causedBy' | 'stateBefore'>
  readonly authors: Directory['authors']
  readonly history: Directory['history']
  readonly counts: Directory['counts']
  readonly findExchange: Journal['find']
  readonly evaluator: Pick<Evaluator, 'aws'>
  readonly assignments: Pick<AccountAssignments, 'leftBehind' | 'permissionSetsById'>
  readonly clients: Pick<OAuthClientStore, 'known'>
}

/**
 * Diagnoses exchanges with the evaluation for AWS and the resources that existed at the time. Several can be read at once; they are
 * diagnosed in the order of the calls.
 */
export function createJournalDiagnoser({
  tenants,
  effects,
  authors,
  history,
  counts,
  findExchange,
  evaluator,
  assignments,
  clients,
}: DiagnoserDeps): (exchange: Exchange, client?: SettledClient) => Promise<readonly Finding[]> {
  const diagnose = createDiagnoser()

  const findUnresolvedIds = async (exchange: Exchange): Promise<ReadonlySet<string>> => {
    const tenant = tenants.find(exchange.tenant ?? '')
    const ids = mayHaveReferences(exchange) ? referencedIds(readSubject({ exchange })) : []
    if (!tenant || ids.length === 0) return new Set()
    const moment = { exchange: exchange.id, at: exchange.tenantTime }
    const known = await effects.typesBefore(tenant.key, ids, moment)
    return new Set(ids.filter(id => !known.has(id)))
  }

  const ignoredChanges = (exchange: Exchange) => {
    const profile = tenants.find(exchange.tenant ?? '')?.profile
    return profile?.name === exchange.profile ? profile?.requests.ignoresChange : undefined
  }

  const secretExpiry = ({ operation, status, credential }: Exchange, tenant: Tenant | undefined) => {
    if (operation !== 'token' || status !== 200 || credential?.kind !== 'client' || !tenant) return undefined
    const secrets = clients.known(tenant, credential.client)?.client.secrets ?? []
    return secrets.length === 0 ? undefined : Math.max(...secrets.map(({ expires }) => expires))
  }

  const observe = async (exchange: Exchange): Promise<ObservedExchange> => {
    const tenant = tenants.find(exchange.tenant ?? '')
    const lostAssignments = tenant ? findLostAssignments(assignments, tenant, exchange) : []
    if (exchange.api !== undefined) {
      const directWrite = tenant && readDirectWrite(exchange, tenant, { effects, authors })
      const [lost, direct] = await Promise.all([lostAssignments, directWrite])
      return { exchange, lostAssignments: lost, ...compact({ directWrite: direct }) }
    }
    const [aws, unresolvedIds, lost, listCut, stranger] = await Promise.all([
      evaluator.aws(exchange),
      findUnresolvedIds(exchange),
      lostAssignments,
      tenant && readListCut(exchange, tenant, counts),
      tenant && readStranger(exchange, tenant, { history, findExchange }),
    ])
    return {
      exchange,
      unresolvedIds,
      lostAssignments: lost,
      ...compact({
        aws,
        listCut,
        stranger,
        ignoresChange: ignoredChanges(exchange),
        secretExpires: secretExpiry(exchange, tenant),
      }),
    }
  }

  let previous: Promise<unknown> = Promise.resolve()
  return (exchange, { client, sharedWith } = {}) => {
    const observing = observe(exchange)
    // The promise may fail while an earlier exchange is still being read. `findings` reports it.
    observing.catch(() => {})
    const findings = previous.then(async () =>
      diagnose({ ...(await observing), ...compact({ client, sharedWith }) }),
    )
    // An error is that of its exchange only.
    previous = findings.catch(() => {})
    return findings
  }
}

/** A cheap test before the body is parsed. Bulk operations may refer to resources that do not exist yet. */
const mayHaveReferences = ({ parent, request: { body = '' } }: Exchange): boolean =>
  parent === undefined && /members|manager/i.test(body)

const severityOrder: readonly Severity[] = ['error', 'warning', 'note']

export const maxSeverity = (ids: readonly string[]): Severity | undefined =>
  severityOrder.find(severity => ids.some(id => getFindingKind(id)?.severity === severity))
