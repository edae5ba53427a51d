import type { FastifyRequest } from 'fastify'
import type { FaultEffect, RequestFacts } from '../faults/fault.ts'
import type { Completed, ScimResponse, Subject } from './outcome.ts'
import type { Caller } from './request.ts'

/** What differs between the listeners: how requests are described, and how responses are formatted. */
export type Protocol = {
  /** The properties of a request that faults are matched against. */
  readonly facts: (request: FastifyRequest) => RequestFacts
  /** The subject of a request that is not handled. */
  readonly unhandledSubject: (request: FastifyRequest) => Subject
  /** All headers of a response. */
  readonly headers: (
    request: FastifyRequest,
    caller: Caller,
    response: ScimResponse,
  ) => Readonly<Record<string, string>>
  /** The error with the status of a fault. */
  readonly errorOfFault: (
    effect: Extract<FaultEffect, { kind: 'status' }>,
    request: FastifyRequest,
  ) => ScimResponse
  /** The response to a request with expired credentials. */
  readonly expired: (request: FastifyRequest) => Completed
}
