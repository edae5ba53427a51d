import type { Intent } from '../domain/journal/description.ts'
import type { ExchangeTarget } from '../domain/journal/exchange.ts'
import type { Access, Tenant } from '../domain/tenants/tenant.ts'
import type { Json, JsonObject } from '../scim/json.ts'
import { ApiError } from './api-error.ts'
import { readInput, type Shape } from './shape.ts'

export type ApiService = 'identitystore' | 'sso' | 'sts'

/** One operation of an API of AWS. `input` describes its members; `run` gets them only if all are valid. */
export type ApiOperation<Input = never> = {
  readonly service: ApiService
  readonly name: string
  readonly access: 'read' | 'write'
  /** What the journal records if the request is rejected before it runs. */
  readonly intent: Intent
  readonly input: Shape<Input>
  readonly run: (call: ApiCall, input: Input) => Promise<ApiResult>
}

export type ApiPrincipal = {
  readonly account: string
  readonly keyId: string
}

export type ApiCall = {
  readonly tenant: Tenant
  readonly principal: ApiPrincipal
  /** The tenant's time, in milliseconds since 1970. */
  readonly now: number
  readonly exchange: string
  readonly region: { readonly signed: string; readonly own: string }
}

export type ApiResult = {
  readonly output: JsonObject | undefined
  readonly intent: Intent
  readonly target?: ExchangeTarget
}

export type AnyOperation = Pick<ApiOperation, 'service' | 'name' | 'access' | 'intent'> & {
  /** Runs the operation with the members of a body. Throws ApiError. */
  readonly call: (call: ApiCall, body: Json) => Promise<ApiResult>
}

export const defineOperation = <Input>({ input, run, ...operation }: ApiOperation<Input>): AnyOperation => ({
  ...operation,
  call: async (call, body) => {
    try {
      return await run(call, readInput(input, body))
    } catch (error) {
      if (!(error instanceof ApiError) || error.subject.intent) throw error
      throw error.about({ intent: operation.intent, ...error.subject })
    }
  },
})

export const isPermitted = (access: Access, operation: Pick<AnyOperation, 'access'>): boolean =>
  access === 'full' || operation.access === 'read'
