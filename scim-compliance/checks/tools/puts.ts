import { expectStatus } from '../../expect.ts'
import type { Answer } from '../../stage.ts'

/** A PUT that succeeded: with 200, or with 204, which RFC 9110 §9.3.4 allows; rfc/put/answers-200 reports the latter. */
export const isReplaced = ({ status }: Answer): boolean => status === 200 || status === 204

export const expectReplaced = (answer: Answer): void => expectStatus(answer, 200, 204)
