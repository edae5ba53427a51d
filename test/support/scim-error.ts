import type { Test } from 'tap'
import { errorUrn } from './samples.ts'
import type { ScimResponse } from './scim.ts'

export type Expected = {
  readonly status: number
  readonly scimType?: string
  /** What the detail has to contain. */
  readonly detail?: RegExp
}

/** RFC 7644 §3.12: the complete body of an error, its media type and its status, in the texts of the RFC profile. */
export function isScimError(
  t: Pick<Test, 'same'>,
  response: ScimResponse,
  expected: Expected,
  label = '',
): void {
  const { status, scimType, detail = /\S/ } = expected
  const found = response.body?.detail
  t.same(
    { status: response.status, mediaType: response.headers['content-type'], body: response.body },
    {
      status,
      mediaType: 'application/scim+json',
      body: {
        schemas: [errorUrn],
        status: String(status),
        ...(scimType && { scimType }),
        detail: detail.test(found) ? found : detail,
      },
    },
    `${label} returns ${status} ${scimType ?? ''}`,
  )
}
