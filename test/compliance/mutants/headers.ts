import type { Mutant } from './break.ts'
import { changesResponse, header } from './breaks.ts'

/** Headers that are missing or wrong. */
export const headerMutants: readonly Mutant[] = [
  {
    id: 'no-location',
    description: 'POST returns no Location.',
    breaks: header('location', () => undefined),
    caughtBy: ['rfc/create/location'],
  },
  {
    id: 'location-astray',
    description: 'Location is that of an unknown resource.',
    breaks: header('location', value => `${value}0`),
    caughtBy: ['rfc/create/location-leads'],
  },
  {
    id: 'location-of-the-list',
    description: 'Location is that of the list.',
    breaks: header('location', value => value.replace(/\/[^/]+$/, '')),
    caughtBy: ['rfc/create/location', 'rfc/create/location-leads'],
  },
  {
    id: 'no-etag',
    description: 'ETags are advertised, but not returned.',
    breaks: header('etag', () => undefined),
    caughtBy: ['rfc/versions/get', 'rfc/versions/create'],
  },
  {
    id: 'no-etag-after-patch',
    description: 'PATCH returns no ETag.',
    breaks: changesResponse(({ headers }, { method }) => {
      const { etag: _, ...others } = headers
      return method === 'PATCH' ? { headers: others } : {}
    }),
    caughtBy: ['rfc/versions/patch'],
  },
  {
    id: 'constant-etag',
    description: 'The ETag never changes.',
    breaks: header('etag', () => 'W/"1"'),
    caughtBy: ['rfc/versions/changes'],
  },
  {
    id: 'etag-is-not-the-version',
    description: 'The ETag differs from meta.version.',
    breaks: header('etag', value => value.replace('"', '"x')),
    caughtBy: ['rfc/versions/meta-version'],
  },
  {
    id: 'etag-without-quotes',
    description: 'The ETag has no quotation marks.',
    breaks: header('etag', value => value.replaceAll('"', '')),
    caughtBy: ['rfc/versions/get', 'rfc/versions/meta-version'],
  },
  {
    id: 'text-html',
    description: 'Responses have the media type text/html.',
    breaks: header('content-type', () => 'text/html'),
    caughtBy: ['rfc/transport/accept-scim-json'],
  },
  {
    id: 'errors-text-plain',
    description: 'Errors have the media type text/plain.',
    breaks: header('content-type', (value, { status }) => (status >= 400 ? 'text/plain' : value)),
    caughtBy: ['rfc/errors/media-type'],
  },
  {
    id: 'no-challenge',
    description: 'A 401 has no WWW-Authenticate.',
    breaks: header('www-authenticate', () => undefined),
    caughtBy: ['rfc/authentication/challenge'],
  },
  {
    id: 'no-allow',
    description: 'A 405 has no Allow.',
    breaks: header('allow', () => undefined),
    caughtBy: ['rfc/errors/allow'],
  },
]
