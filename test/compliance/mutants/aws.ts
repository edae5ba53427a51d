import {
  error,
  listOf,
  type Mutant,
  objectIn,
  objectsIn,
  pathOf,
  queryOf,
  reading,
  reply,
  withBody,
} from './break.ts'
import { bodies, changesBody, changesResponse, header, inLists, status } from './breaks.ts'

const filterIn = (request: Parameters<typeof queryOf>[0]): string => queryOf(request).get('filter') ?? ''

/** Differences from AWS. */
export const awsMutants: readonly Mutant[] = (
  [
    {
      id: 'co-taken',
      description: 'Filters accept co.',
      breaks: changesResponse((_, request) => (/ co /.test(filterIn(request)) ? reply(200, listOf()) : {})),
      caughtBy: ['aws/filters/no-co'],
    },
    {
      id: 'or-taken',
      description: 'Filters accept or.',
      breaks: changesResponse((_, request) => (/ or /i.test(filterIn(request)) ? reply(200, listOf()) : {})),
      caughtBy: ['aws/filters/no-or'],
    },
    {
      id: 'location-sent',
      description: 'Location is sent.',
      breaks: changesResponse(({ headers, status }) =>
        status === 201 ? { headers: { ...headers, location: 'https://example.com/x' } } : {},
      ),
      caughtBy: ['aws/service/no-location'],
    },
    {
      id: 'no-request-id',
      description: 'x-amzn-RequestId is missing.',
      breaks: header('x-amzn-requestid', () => undefined),
      caughtBy: ['aws/service/request-id'],
    },
    {
      id: 'scim-json',
      description: 'Responses have the media type application/scim+json.',
      breaks: header('content-type', () => 'application/scim+json'),
      caughtBy: ['aws/service/media-type'],
    },
    {
      id: 'members-shown',
      description: 'Groups contain their members.',
      breaks: () => async (request, next) => {
        const response = await next(request)
        const [, id] = /^\/Groups\/([^/?]+)/.exec(request.target) ?? []
        if (request.method !== 'GET' || id === undefined || response.status !== 200) return response
        const filter = encodeURIComponent(`groups.value eq "${id}"`)
        const users = objectsIn(objectIn(await next(reading(request, `/Users?filter=${filter}`))).Resources)
        return withBody(response, {
          ...objectIn(response),
          members: users.map(({ id = null }) => ({ value: id })),
        })
      },
      caughtBy: ['aws/groups/read-without-members'],
    },
    {
      id: 'large-counts-refused',
      description: 'A count above 100 is rejected.',
      breaks: changesResponse((_, request) =>
        Number(queryOf(request).get('count')) > 100 ? error(400) : {},
      ),
      caughtBy: ['aws/lists/count-1000'],
    },
    {
      id: 'start-index-counts',
      description: 'Lists start at startIndex.',
      breaks: inLists((list, request) => ({
        ...list,
        startIndex: Number(queryOf(request).get('startIndex') ?? 1),
      })),
      caughtBy: ['aws/lists/start-index-ignored'],
    },
    {
      id: 'excluded-refused',
      description: 'excludedAttributes is rejected.',
      breaks: changesResponse((_, request) => (queryOf(request).has('excludedAttributes') ? error(400) : {})),
      caughtBy: ['aws/lists/excluded-attributes-ignored'],
    },
    {
      id: 'put-merges',
      description: 'PUT keeps omitted attributes.',
      breaks: () => async (request, next) => {
        if (request.method !== 'PUT') return next(request)
        const before = objectIn(await next(reading(request, pathOf(request))))
        return next(withBody(request, { ...before, ...objectIn(request) }))
      },
      caughtBy: ['aws/users/put-replaces-all'],
    },
    {
      id: 'other-words',
      description: 'The error for an unknown user has another text.',
      breaks: bodies(body => ('detail' in body ? { ...body, detail: 'Not found' } : body)),
      caughtBy: ['aws/errors/missing-user'],
    },
    {
      id: 'groups-put',
      description: 'PUT of a group is accepted.',
      breaks: changesResponse((_, { method, target }) =>
        method === 'PUT' && target.startsWith('/Groups') ? reply(200, { id: 'x' }) : {},
      ),
      caughtBy: ['aws/groups/no-put'],
    },
    {
      id: 'milliseconds',
      description: 'Times have milliseconds.',
      breaks: changesResponse(({ text }) => ({ text: text.replace(/(T\d\d:\d\d:\d\d)Z/g, '$1.123Z') })),
      caughtBy: ['aws/users/whole-seconds'],
    },
    {
      id: 'sort-advertised',
      description: 'Sorting is advertised.',
      breaks: bodies(body => ('sort' in body ? { ...body, sort: { supported: true } } : body)),
      caughtBy: ['aws/discovery/sort'],
    },
    {
      id: 'members-replaced',
      description: 'Members of a group can be replaced.',
      breaks: changesResponse((_, request) =>
        request.method === 'PATCH' && /"replace"/.test(request.text) && /members/.test(request.text)
          ? reply(204)
          : {},
      ),
      caughtBy: ['aws/groups/no-replacing-members'],
    },
    {
      id: 'group-patch-200',
      description: 'PATCH of a group returns 200.',
      breaks: status(204, 200, ({ method }) => method === 'PATCH'),
      caughtBy: ['aws/groups/patch-answers-204'],
    },
    {
      id: 'names-optional',
      description: 'A user needs no displayName.',
      breaks: changesBody(body => ('userName' in body ? { displayName: 'x', ...body } : body), 'POST'),
      caughtBy: ['aws/users/requires-displayname'],
    },
    {
      id: 'two-emails',
      description: 'A user can have two email addresses.',
      breaks: changesBody(
        body => (Array.isArray(body.emails) ? { ...body, emails: body.emails.slice(0, 1) } : body),
        'POST',
      ),
      caughtBy: ['aws/users/one-of-emails'],
    },
    {
      id: 'active-by-default',
      description: 'A user is active by default.',
      breaks: changesBody(body => ('userName' in body ? { active: true, ...body } : body), 'POST'),
      caughtBy: ['aws/users/inactive-by-default'],
    },
    {
      id: 'bulk-offered',
      description: '/Bulk is supported.',
      breaks: changesResponse((_, { target }) => (target === '/Bulk' ? reply(200, { Operations: [] }) : {})),
      caughtBy: ['aws/service/no-bulk'],
    },
    {
      id: 'conflict-400',
      description: 'A duplicate userName returns 400.',
      breaks: status(409, 400),
      caughtBy: ['aws/users/user-name-is-unique'],
    },
  ] satisfies readonly Mutant[]
).map(mutant => ({ ...mutant, id: `aws-${mutant.id}`, profile: 'aws' as const }))
