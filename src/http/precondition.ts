import type { OperationName, Profile } from '../profiles/profile.ts'
import { errors } from '../scim/error.ts'
import type { Precondition } from '../scim/precondition.ts'
import type { ScimRequest } from './scim-request.ts'

const changes: readonly OperationName[] = ['replace', 'patch', 'delete']

/**
 * The versions that a request is for (RFC 7644 §3.14); undefined where the profile offers none. Throws 428
 * (RFC 6585 §3) when a change has to name one and doesn't.
 */
export function readPrecondition(
  { headers, method }: ScimRequest,
  operation: OperationName,
  { offers, demandsIfMatch }: Profile,
): Precondition | undefined {
  if (!offers.etag) return undefined
  const ifMatch = textOf(headers['if-match'])
  const ifNoneMatch = textOf(headers['if-none-match'])
  if (demandsIfMatch && changes.includes(operation) && ifMatch === undefined) {
    throw errors.preconditionRequired(method)
  }
  return ifMatch === undefined && ifNoneMatch === undefined ? undefined : { ifMatch, ifNoneMatch }
}

/** A header that stands several times is one list (RFC 9110 §5.3). */
const textOf = (header: string | readonly string[] | undefined) =>
  typeof header === 'object' ? header.join(', ') : header
