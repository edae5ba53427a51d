import type { Mutant } from './break.ts'
import { answers, header } from './breaks.ts'

/** Headers that are missing or wrong. */
export const headerMutants: readonly Mutant[] = [
  {
    id: 'no-location',
    description: 'POST answers without Location.',
    breaks: header('location', () => undefined),
    caughtBy: ['rfc/create/location-user', 'rfc/create/location-group'],
  },
  {
    id: 'location-astray',
    description: 'Location leads to nobody.',
    breaks: header('location', value => `${value}0`),
    caughtBy: ['rfc/create/location-leads-user'],
  },
  {
    id: 'location-of-the-list',
    description: 'Location leads to the list.',
    breaks: header('location', value => value.replace(/\/[^/]+$/, '')),
    caughtBy: ['rfc/create/location-user', 'rfc/create/location-leads-user'],
  },
  {
    id: 'no-etag',
    description: 'ETags are advertised, and not sent.',
    breaks: header('etag', () => undefined),
    caughtBy: ['rfc/versions/get', 'rfc/versions/create'],
  },
  {
    id: 'no-etag-after-patch',
    description: 'A PATCH answers no ETag.',
    breaks: answers(({ headers }, { method }) => {
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
    description: 'The ETag is another than meta.version.',
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
    description: 'Answers are called text/html.',
    breaks: header('content-type', () => 'text/html'),
    caughtBy: ['rfc/transport/accept-scim-json'],
  },
  {
    id: 'errors-text-plain',
    description: 'Errors are called text/plain.',
    breaks: header('content-type', (value, { status }) => (status >= 400 ? 'text/plain' : value)),
    caughtBy: ['rfc/errors/media-type'],
  },
  {
    id: 'no-challenge',
    description: '401 comes without WWW-Authenticate.',
    breaks: header('www-authenticate', () => undefined),
    caughtBy: ['rfc/authentication/challenge'],
  },
  {
    id: 'no-allow',
    description: '405 comes without Allow.',
    breaks: header('allow', () => undefined),
    caughtBy: ['rfc/errors/allow'],
  },
]
