import type { ScimResponse } from '../../check.ts'
import { expectStatus } from '../../expect.ts'

/** A successful PUT: 200, or 204, which RFC 9110 §9.3.4 allows; rfc/put/answers-200 reports the latter. */
export const isReplaced = ({ status }: ScimResponse): boolean => status === 200 || status === 204

export const expectReplaced = (response: ScimResponse): void => expectStatus(response, 200, 204)
