import type { Role } from '../domain/contract/console-access.ts'
import type { Need } from '../domain/contract/operation.ts'
import type { Level } from '../domain/ports/console-access.ts'
import type { AuthenticatedCaller } from './audit.ts'
import { Problem } from './problem.ts'

export type ConsoleCaller =
  | { readonly kind: 'open' }
  /** A console token; the ID of the one from the settings is `console-token`. */
  | { readonly kind: 'token'; readonly id: string; readonly name: string; readonly level: Level }
  | (Authenticated & {
      readonly kind: 'person'
      readonly name?: string
      readonly session: string
    })
  | (Authenticated & { readonly kind: 'identity' })

type Authenticated = {
  readonly issuer: string
  readonly subject: string
  readonly role: Role
  /** When the caller proved who they are, in milliseconds since 1970, as the identity provider reports it. */
  readonly authenticated?: number
  /** The authentication context class (`acr`), or the required authentication context of Entra ID (`acrs`). */
  readonly acr?: string
  /** The end of the session or access token, in milliseconds since 1970. */
  readonly expires: number
}

export class CallerRefusal extends Problem {
  readonly caller: AuthenticatedCaller

  constructor(detail: string, caller: AuthenticatedCaller) {
    super('not-allowed', detail)
    this.caller = caller
  }
}

declare module 'fastify' {
  interface FastifyRequest {
    consoleCaller: ConsoleCaller | undefined
  }
  interface FastifyContextConfig {
    readonly needs?: Need
    readonly needsFor?: (body: unknown) => Need
  }
}
