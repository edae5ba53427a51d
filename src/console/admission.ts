import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { Need } from '../domain/contract/operation.ts'
import { includesLevel } from '../domain/ports/console-tokens.ts'
import type { AuditTrail } from './audit.ts'
import { CallerRefusal, type ConsoleCaller, levelOf } from './caller.ts'
import { Problem } from './problem.ts'

export type Admission = {
  /** Undefined without credentials. Throws a Problem for credentials that are not valid. */
  readonly authenticate: (
    request: FastifyRequest,
  ) => ConsoleCaller | undefined | Promise<ConsoleCaller | undefined>
  /** Whether a caller who was authenticated before would still be. */
  readonly isStillAdmitted: (caller: ConsoleCaller) => Promise<boolean>
  /** The problem of a request without credentials. */
  readonly credentialsNeeded: () => Problem
  /** Why a caller with the role `write` may not do what cannot be undone at present. */
  readonly refuseDestroy: (caller: ConsoleCaller) => Problem | undefined
  /** Called for a caller who may not do what it requests. */
  readonly onRefusal: AuditTrail['refused']
}

declare module 'fastify' {
  interface FastifyInstance {
    /**
     * Throws a Problem unless the caller may do what a request needs beyond what its route states. `reason`: why it needs that, as
     * a sentence.
     */
    readonly requireLevel: (request: FastifyRequest, need: Exclude<Need, 'none'>, reason: string) => void
  }
}

/** Admits requests to the routes of this scope by what the routes need. A route that does not state it is an error. */
export function admitByNeed(app: FastifyInstance, admission: Admission): void {
  app.addHook('onRoute', ({ config, method, url }) => {
    if (!config?.needs) throw new Error(`The route ${method} ${url} does not state what it needs.`)
  })
  app.decorate('requireLevel', (request, need, reason) => {
    const { consoleCaller: caller } = request
    const problem = caller ? refusalOf(caller, need, admission) : admission.credentialsNeeded()
    if (problem) throw problem.after(reason)
  })
  app.addHook('onRequest', async request => {
    request.consoleCaller = await authenticate(request, admission)
    const { needs = 'read', needsFor } = request.routeOptions.config
    await admit(request, needsFor ? 'read' : needs, admission)
  })
  app.addHook('preHandler', async request => {
    const { consoleCaller: caller, body } = request
    // A body may arrive slowly, and the session or token may end meanwhile.
    if (caller && body !== undefined && !(await admission.isStillAdmitted(caller))) {
      throw admission.credentialsNeeded()
    }
    const { needsFor } = request.routeOptions.config
    if (needsFor) await admit(request, needsFor(request.body), admission)
  })
}

async function authenticate(request: FastifyRequest, { authenticate, onRefusal }: Admission) {
  try {
    return await authenticate(request)
  } catch (error) {
    if (error instanceof CallerRefusal) await onRefusal(request, error, error.caller)
    throw error
  }
}

/** Throws a Problem unless the caller may do what is needed. */
async function admit(request: FastifyRequest, need: Need, admission: Admission): Promise<void> {
  if (need === 'none') return
  const { consoleCaller: caller } = request
  if (!caller) throw admission.credentialsNeeded()
  const problem = refusalOf(caller, need, admission)
  if (!problem) return
  await admission.onRefusal(request, problem)
  throw problem
}

function refusalOf(
  caller: ConsoleCaller,
  need: Exclude<Need, 'none'>,
  { refuseDestroy }: Admission,
): Problem | undefined {
  if (!includesLevel(levelOf(caller), need)) return notAllowed(caller, need)
  return need === 'destroy' ? refuseDestroy(caller) : undefined
}

function notAllowed(caller: ConsoleCaller, need: Exclude<Need, 'none'>): Problem {
  if (caller.kind === 'token') {
    return new Problem(
      'not-allowed',
      `The scope of the console token "${caller.name}" is ${caller.level}. This needs a console token with the scope ${need}: create one in the console, or with \`scimulator console-tokens create NAME --scope ${need}\`.`,
    )
  }
  return new Problem('not-allowed', 'You may read. This needs the role write.')
}
