import type { JwtFacts } from '../tenants/credential.ts'
import type { ClientAssertion } from '../tenants/oauth-clients.ts'
import type { Refusal } from '../tenants/tenant.ts'

/** The result of verifying an assertion. `jwt` is its content, as far as it can be read. */
export type AssertionResult =
  | { readonly jwt: JwtFacts }
  | { readonly refusal: Refusal; readonly jwt?: JwtFacts | undefined }

/** Verifies an assertion of a client. `machine` is the time of the request. */
export type VerifyAssertion = (
  text: string,
  expected: ClientAssertion,
  machine: number,
) => Promise<AssertionResult>
