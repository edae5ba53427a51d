import { exactFetch } from '../kit/exact-fetch.ts'
import { httpTarget } from '../kit/http-target.ts'
import type { Target, TargetRequest } from '../kit/target.ts'

/** Content type and User-Agent are captured (pond/scimitar#142); other headers are not known, and left out. */
const headersOf = ({ body }: TargetRequest, token: string): Record<string, string> => ({
  ...(body !== undefined && { 'Content-Type': 'application/json' }),
  'User-Agent': 'Google-Auto-Provisioning',
  Authorization: `Bearer ${token}`,
})

type GoogleTargetOptions = {
  readonly url: string
  readonly token: string
  /** Milliseconds. */
  readonly timeout: number
}

/** A SCIM endpoint over HTTP, with Google's headers. Throws a TypeError for an invalid URL. */
export const googleTarget = ({ url, ...options }: GoogleTargetOptions): Target =>
  httpTarget({
    ...options,
    tenantUrl: url,
    headers: headersOf,
    fetch: exactFetch({ Connection: 'keep-alive' }),
  })
