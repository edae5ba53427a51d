import type { Test } from 'tap'
import { errorUrn } from './samples.ts'
import type { Answer } from './scim.ts'

export type Expected = {
  readonly status: number
  readonly scimType?: string
  /** What the sentence for people has to name. */
  readonly detail?: RegExp
}

/** RFC 7644 §3.12: the whole body of an error, its media type and its status, as the RFC profile words them. */
export function isScimError(
  t: Pick<Test, 'same' | 'match'>,
  answer: Answer,
  expected: Expected,
  label = '',
): void {
  const { status, scimType, detail = /\S/ } = expected
  const sentence = answer.body?.detail
  t.same(
    { status: answer.status, mediaType: answer.headers['content-type'], body: answer.body },
    {
      status,
      mediaType: 'application/scim+json',
      body: { schemas: [errorUrn], status: String(status), ...(scimType && { scimType }), detail: sentence },
    },
    `${label} is answered ${status} ${scimType ?? ''}`,
  )
  t.match(sentence, detail, `${label}: the detail says what is wrong`)
}
