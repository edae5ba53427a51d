import type { FastifyRequest } from 'fastify'
import {
  type Audit,
  type AuditAuthentication,
  type AuditBeginning,
  type AuditCaller,
  type AuditObjects,
  toAuditObjects,
} from '../domain/audit/audit.ts'
import { compact } from '../scim/json.ts'
import { problemOf } from './error-handler.ts'
import type { Problem } from './problem.ts'

/** A caller, and how they authenticated if that is known. Times are milliseconds since 1970. */
export type AuthenticatedCaller = AuditCaller & { readonly authenticated?: number; readonly acr?: string }

export type AuditEvent = {
  readonly operation: 'signIn' | 'stepUp' | 'signOut'
  readonly caller: AuthenticatedCaller
  readonly address: string
  readonly status: number
  readonly problem?: string
}

export type AuditTrail = {
  /**
   * Runs an operation that changes something. Its entry is on disk before it runs, so no change is without one; the outcome is
   * added before the response is sent. Without the entry, the operation does not run.
   */
  around<Result>(request: FastifyRequest, status: number, run: () => Promise<Result>): Promise<Result>
  /** The caller is that of the request by default. Never rejects. */
  refused(request: FastifyRequest, problem: Problem, caller?: AuthenticatedCaller): Promise<void>
  note(event: AuditEvent): Promise<void>
}

type TrailOptions = {
  /** Milliseconds since 1970, by the clock of the database. */
  readonly clock: () => number
  readonly onError: (error: unknown) => void
  /** A credential that an operator chose does not look like one. */
  readonly isCredential?: (text: string) => boolean
}

export function createAuditTrail(
  audit: Pick<Audit, 'add' | 'complete'>,
  { clock, onError, isCredential = () => false }: TrailOptions,
): AuditTrail {
  /** A caller may have pasted a credential where an ID belongs. */
  const withoutCredential = (id: string): string => (looksLikeCredential(id) || isCredential(id) ? '***' : id)
  const tenantNamedIn = (part: unknown): string | undefined =>
    isObject(part) && typeof part.tenant === 'string' ? withoutCredential(part.tenant) : undefined
  const objectsOf = (params: unknown, result?: unknown): AuditObjects =>
    toAuditObjects(idsOf(params, result).map(withoutCredential))
  const toBeginning = (
    request: FastifyRequest,
    caller: AuthenticatedCaller | undefined = request.consoleCaller,
  ): AuditBeginning | undefined => {
    const at = clock()
    const { params, body, ip } = request
    const operation = request.routeOptions.schema?.operationId
    if (!caller || operation === undefined) return undefined
    return compact({
      at,
      ...describeCaller(caller, at),
      operation,
      tenant: tenantNamedIn(params) ?? tenantNamedIn(body),
      address: ip,
    })
  }

  return {
    async around(request, status, run) {
      const beginning = toBeginning(request)
      if (!beginning)
        throw new Error(`${request.method} ${request.routeOptions.url} has no caller or no operation.`)
      const id = await audit.add(beginning)
      const ended = await run().then(
        result => ({ result, status, objects: objectsOf(request.params, result) }),
        error => ({ error, ...failureOf(problemOf(error)), objects: objectsOf(request.params) }),
      )
      const { objects } = ended
      const outcome = compact({
        status: ended.status,
        problem: 'error' in ended ? ended.problem : undefined,
        objects,
      })
      // The operation is done: its response tells so, and the entry stays without an outcome.
      await audit.complete(id, outcome).catch(onError)
      if ('error' in ended) throw ended.error
      return ended.result
    },

    async refused(request, problem, caller) {
      try {
        const beginning = toBeginning(request, caller)
        const outcome = { ...failureOf(problem), objects: objectsOf(request.params) }
        if (beginning) await audit.add({ ...beginning, outcome })
      } catch (error) {
        onError(error)
      }
    },

    async note({ caller, operation, address, status, problem }) {
      const at = clock()
      const outcome = compact({ status, problem, objects: toAuditObjects([]) })
      await audit.add({ at, ...describeCaller(caller, at), operation, address, outcome })
    },
  }
}

const failureOf = ({ document: { status, type } }: Problem) => ({
  status,
  problem: type.slice(type.lastIndexOf(':') + 1),
})

function describeCaller(
  caller: AuthenticatedCaller,
  now: number,
): Pick<AuditBeginning, 'caller' | 'authentication'> {
  const { authenticated, acr } = caller
  const authentication: AuditAuthentication = compact({
    age: authenticated === undefined ? undefined : Math.floor((now - authenticated) / 1000),
    acr,
  })
  const known = toAuditCaller(caller)
  return Object.keys(authentication).length === 0 ? { caller: known } : { caller: known, authentication }
}

function toAuditCaller(caller: AuditCaller): AuditCaller {
  switch (caller.kind) {
    case 'open':
    case 'unknown':
      return { kind: caller.kind }
    case 'token':
      return { kind: 'token', id: caller.id, name: caller.name }
    case 'person':
    case 'identity': {
      const { kind, issuer, subject, name } = caller
      return { kind, issuer, subject, ...(name !== undefined && { name }) }
    }
  }
}

const isObject = (part: unknown): part is Readonly<Record<string, unknown>> =>
  typeof part === 'object' && part !== null

const looksLikeCredential = (id: string): boolean => /^(?:scimulator-|eyJ)/.test(id)

const idMembers = ['id', 'purged', 'tenants'] as const

function idsOf(params: unknown, result?: unknown): readonly string[] {
  const { tenant: _tenant, ...named } = isObject(params) ? params : {}
  const results = isObject(result) ? idMembers.flatMap(name => result[name]) : []
  const ids = [...Object.values(named), ...results].filter(id => typeof id === 'string')
  return [...new Set(ids)]
}
