import type { Json, JsonObject } from '../../scim/json.ts'

export type LoggedCall = {
  readonly userIdentity: JsonObject
  readonly eventSource: string
  readonly eventName: string
  readonly error?: { readonly code: string; readonly message?: string }
  readonly requestParameters: Json
  readonly responseElements: Json
  readonly readOnly: boolean
  readonly resources?: readonly JsonObject[]
}
