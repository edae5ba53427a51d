import { error, listOf, type Mutant, pathOf, reply, withBody } from './break.ts'
import { changesResponse, responds, status } from './breaks.ts'

const isOne = /^\/(Users|Groups)\/[^/.]+$/

/** Requests have the right effect but return another status. */
export const statusMutants: readonly Mutant[] = [
  {
    id: 'created-200',
    description: 'POST returns 200.',
    breaks: status(201, 200),
    caughtBy: ['rfc/create/answers-201'],
  },
  {
    id: 'created-202',
    description: 'POST of a group returns 202.',
    breaks: status(201, 202, request => pathOf(request) === '/Groups'),
    caughtBy: ['rfc/create/answers-201'],
  },
  {
    id: 'deleted-200',
    description: 'DELETE returns 200 with a body.',
    breaks: changesResponse(({ status }, request) =>
      request.method === 'DELETE' && status === 204 ? reply(200, { deleted: true }) : {},
    ),
    caughtBy: ['rfc/delete/answers-204'],
  },
  {
    id: 'conflict-400',
    description: 'Creating an existing user returns 400.',
    breaks: status(409, 400),
    caughtBy: ['rfc/create/conflict', 'rfc/user/name-unique'],
  },
  {
    id: 'conflict-on-patch-500',
    description: 'PATCH with a duplicate userName returns 500.',
    breaks: status(409, 500, ({ method }) => method === 'PATCH'),
    caughtBy: ['rfc/patch/unique'],
  },
  {
    id: 'unknown-200',
    description: 'GET of an unknown ID returns an empty list.',
    breaks: changesResponse((response, request) =>
      response.status === 404 && request.method === 'GET' && isOne.test(pathOf(request))
        ? reply(200, listOf())
        : {},
    ),
    caughtBy: ['rfc/errors/unknown-id'],
  },
  {
    id: 'unknown-endpoint-200',
    description: 'Unknown endpoints return 200.',
    breaks: changesResponse((response, request) =>
      response.status === 404 && !/^\/(Users|Groups|Schemas|ResourceTypes)/.test(request.target)
        ? reply(200, listOf())
        : {},
    ),
    caughtBy: ['rfc/errors/unknown-endpoint'],
  },
  {
    id: 'wrong-token-403',
    description: 'A request with an invalid token returns 403.',
    breaks: status(401, 403),
    caughtBy: ['rfc/authentication/status-401'],
  },
  {
    id: 'stale-409',
    description: 'A stale If-Match returns 409.',
    breaks: status(412, 409),
    caughtBy: ['rfc/versions/stale-answers-412'],
  },
  {
    id: 'media-type-200',
    description: 'Any media type is read as JSON.',
    breaks: () => async (request, next) =>
      next(
        'content-type' in request.headers
          ? { ...request, headers: { ...request.headers, 'content-type': 'application/scim+json' } }
          : request,
      ),
    caughtBy: ['rfc/transport/content-type-refused'],
  },
  {
    id: 'me-500',
    description: '/Me, which isn’t supported, returns 500.',
    breaks: status(501, 500),
    caughtBy: ['rfc/me/offered-or-501'],
  },
  {
    id: 'unreadable-500',
    description: 'A body that isn’t JSON returns 500.',
    breaks: changesResponse((response, { text }) =>
      response.status === 400 && !/^\s*[{[]/.test(text) && text !== '' ? error(500) : {},
    ),
    caughtBy: ['rfc/errors/unreadable-text'],
  },
  {
    id: 'truncated-json',
    description: 'Truncated JSON is completed.',
    breaks: () => async (request, next) => {
      const response = await next(request)
      return response.status === 400 && /[^}\]]$/.test(request.text) ? reply(201, { id: '1' }) : response
    },
    caughtBy: ['rfc/errors/unreadable-truncated'],
  },
  {
    id: 'wrong-method-404',
    description: 'An unsupported method returns 200.',
    breaks: status(405, 200),
    caughtBy: ['rfc/errors/method-put-list'],
  },
  {
    id: 'patch-of-nobody-204',
    description: 'PATCH of an unknown ID returns 204.',
    breaks: changesResponse((response, { method }) =>
      method === 'PATCH' && response.status === 404 ? reply(204) : {},
    ),
    caughtBy: ['rfc/delete/patch'],
  },
  {
    id: 'deleted-again-204',
    description: 'DELETE of a deleted resource returns 204.',
    breaks: changesResponse((response, { method }) =>
      method === 'DELETE' && response.status === 404 ? reply(204) : {},
    ),
    caughtBy: ['rfc/delete/again'],
  },
  {
    id: 'discovery-empty',
    description: '/Schemas/{urn} returns an empty object.',
    breaks: responds(request => (/^\/Schemas\/urn/.test(request.target) ? reply(200, {}) : undefined)),
    caughtBy: ['rfc/discovery/single-entries'],
  },
  {
    id: 'schemas-read-only-200',
    description: 'DELETE of a schema returns 204.',
    breaks: responds(request =>
      request.method !== 'GET' &&
      request.method !== 'HEAD' &&
      /^\/(Schemas|ResourceTypes)/.test(request.target)
        ? reply(204)
        : undefined,
    ),
    caughtBy: ['rfc/discovery/read-only'],
  },
  {
    id: 'error-status-differs',
    description: 'The status in the body of an error differs from that of the response.',
    breaks: changesResponse(response =>
      response.status >= 400 && response.text !== ''
        ? { text: withBody(response, { ...JSON.parse(response.text), status: '418' }).text }
        : {},
    ),
    caughtBy: ['rfc/errors/status-is-text', 'rfc/errors/body-unknown-id'],
  },
]
