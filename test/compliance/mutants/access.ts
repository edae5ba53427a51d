import { error, type Mutant, queryOf } from './break.ts'
import { changesRequest, changesResponse, header } from './breaks.ts'

const bearer = (token: string) => ({ authorization: `Bearer ${token}` })

/** Permissions, conditional requests and media types. */
export const accessMutants: readonly Mutant[] = [
  {
    id: 'any-token',
    description: 'The server accepts any token.',
    breaks: () => {
      let good = ''
      return (request, next) => {
        const { authorization = '' } = request.headers
        good ||= authorization.replace(/^Bearer /, '')
        return next(
          authorization === '' ? request : { ...request, headers: { ...request.headers, ...bearer(good) } },
        )
      }
    },
    caughtBy: ['rfc/authentication/wrong'],
  },
  {
    id: 'no-token-reads',
    description: 'Reading needs no token.',
    breaks: () => {
      let good = ''
      return (request, next) => {
        good ||= (request.headers.authorization ?? '').replace(/^Bearer /, '')
        return next(
          request.headers.authorization === undefined && request.method === 'GET'
            ? { ...request, headers: { ...request.headers, ...bearer(good) } }
            : request,
        )
      }
    },
    caughtBy: ['rfc/authentication/missing', 'rfc/authentication/unauthenticated-id'],
  },
  {
    id: 'no-token-deletes',
    description: 'DELETE needs no token.',
    breaks: () => {
      let good = ''
      return (request, next) => {
        good ||= (request.headers.authorization ?? '').replace(/^Bearer /, '')
        return next(
          request.method === 'DELETE'
            ? { ...request, headers: { ...request.headers, ...bearer(good) } }
            : request,
        )
      }
    },
    caughtBy: ['rfc/authentication/unauthenticated-writes'],
  },
  {
    id: 'if-match-ignored',
    description: 'If-Match is ignored.',
    breaks: changesRequest(request => ({ ...request, headers: { ...request.headers, 'if-match': '*' } })),
    caughtBy: ['rfc/versions/stale-put', 'rfc/versions/stale-patch', 'rfc/versions/stale-delete'],
  },
  {
    id: 'if-match-always-fails',
    description: 'Every If-Match counts as stale.',
    breaks: changesResponse((_, { headers }) => ('if-match' in headers ? error(412) : {})),
    caughtBy: ['rfc/versions/current', 'rfc/versions/any'],
  },
  {
    id: 'if-none-match-ignored',
    description: 'If-None-Match is ignored.',
    breaks: () => (request, next) => {
      const { 'if-none-match': _, ...headers } = request.headers
      return next({ ...request, headers })
    },
    caughtBy: ['rfc/versions/not-modified'],
  },
  {
    id: 'never-modified',
    description: 'Every If-None-Match returns 304.',
    breaks: changesResponse((_, { headers, method }) =>
      'if-none-match' in headers && method === 'GET' ? { status: 304, text: '' } : {},
    ),
    caughtBy: ['rfc/versions/modified'],
  },
  {
    id: 'version-of-each-answer',
    description: 'Each response has another ETag.',
    breaks: () => {
      let number = 0
      return header('etag', () => `W/"${++number}"`)()
    },
    caughtBy: ['rfc/versions/not-modified', 'rfc/versions/meta-version', 'rfc/versions/nothing-changed'],
  },
  {
    id: 'accept-json-refused',
    description: 'Requests that accept only application/json are rejected.',
    breaks: changesResponse((_, { headers }) => (headers.accept === 'application/json' ? error(406) : {})),
    caughtBy: ['rfc/transport/accept-json'],
  },
  {
    id: 'charset-refused',
    description: 'A media type with a charset is rejected.',
    breaks: changesResponse((_, { headers }) =>
      /charset/.test(headers['content-type'] ?? '') ? error(415) : {},
    ),
    caughtBy: ['rfc/transport/content-types'],
  },
  {
    id: 'unknown-parameters-refused',
    description: 'Unknown query parameters are rejected.',
    breaks: changesResponse((_, request) =>
      [...queryOf(request).keys()].some(
        name => !/^(filter|sort\w+|count|startIndex|cursor|attributes|excl\w+)$/.test(name),
      )
        ? error(400)
        : {},
    ),
    caughtBy: ['rfc/transport/unknown-parameters'],
  },
]
