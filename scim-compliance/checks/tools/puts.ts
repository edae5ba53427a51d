import type { ScimResponse } from '../../check.ts'
import { expectStatus } from '../../expect.ts'

/** A PUT that succeeded: with 200, or with 204, which RFC 9110 §9.3.4 allows; rfc/put/answers-200 reports the latter. */
export const isReplaced = ({ status }: ScimResponse): boolean => status === 200 || status === 204

export const expectReplaced = (response: ScimResponse): void => expectStatus(response, 200, 204)
