import type { JsonObject } from '../../../scim-compliance/scim.ts'
import {
  error,
  instead,
  type Mutant,
  objectIn,
  objectsIn,
  pathOf,
  queryOf,
  reading,
  withBody,
} from './break.ts'
import { changesBody, changesResponse, responds, without } from './breaks.ts'

const isUser = /^\/Users\/[^/]+$/

/** Faults of POST, PUT and DELETE. */
export const writeMutants: readonly Mutant[] = [
  {
    id: 'id-of-the-client',
    description: 'An id sent by a client is accepted.',
    breaks: changesResponse((response, request) => {
      const { id } = objectIn(request)
      return request.method === 'POST' && id !== undefined
        ? withBody(response, { ...objectIn(response), id })
        : {}
    }),
    caughtBy: ['rfc/common/id-of-client-ignored', 'rfc/create/read-only-ignored'],
  },
  {
    id: 'meta-of-the-client',
    description: 'meta sent by a client is accepted.',
    breaks: changesResponse((response, request) => {
      const { meta } = objectIn(request)
      return meta === undefined || response.status > 299
        ? {}
        : withBody(response, { ...objectIn(response), meta })
    }),
    caughtBy: ['rfc/meta/of-client-ignored'],
  },
  {
    id: 'title-is-lost',
    description: 'title is advertised as writable, but ignored.',
    breaks: changesBody(body => without(body, 'title')),
    caughtBy: ['rfc/advertised/writable-users', 'rfc/create/body'],
  },
  {
    id: 'required-not-checked',
    description: 'A user without userName gets one.',
    breaks: changesBody(
      (body, { target }) =>
        target.startsWith('/Users') && !('userName' in body)
          ? { ...body, userName: `user-${Math.random()}` }
          : body,
      'POST',
    ),
    caughtBy: ['rfc/advertised/required-users'],
  },
  {
    id: 'nameless-users',
    description: 'A user without userName is created without one.',
    breaks: () => async (request, next) => {
      if (request.method !== 'POST' || pathOf(request) !== '/Users' || 'userName' in objectIn(request))
        return next(request)
      const response = await next(
        withBody(request, { ...objectIn(request), userName: `user-${Math.random()}` }),
      )
      return withBody(response, without(objectIn(response), 'userName'))
    },
    caughtBy: ['rfc/user/name-required'],
  },
  {
    id: 'not-unique',
    description: 'Duplicate userNames are accepted.',
    breaks: () => async (request, next) => {
      const response = await next(request)
      const body = objectIn(request)
      return response.status === 409 && request.method === 'POST'
        ? next(withBody(request, { ...body, userName: `${body.userName}-${Math.random()}` }))
        : response
    },
    caughtBy: ['rfc/create/conflict', 'rfc/user/name-unique'],
  },
  {
    id: 'unique-with-case',
    description: 'The same userName in different case is accepted.',
    breaks: () => {
      const names = new Set<unknown>()
      return async (request, next) => {
        const body = objectIn(request)
        const response = await next(request)
        const isNew = !names.has(body.userName)
        names.add(body.userName)
        return response.status === 409 && request.method === 'POST' && isNew
          ? next(withBody(request, { ...body, userName: `${body.userName}-${Math.random()}` }))
          : response
      }
    },
    caughtBy: ['rfc/user/name-unique-without-case'],
  },
  {
    id: 'conflict-overwrites',
    description: 'POST of an existing user changes this user, and then returns 409.',
    breaks: () => async (request, next) => {
      const response = await next(request)
      if (response.status !== 409 || request.method !== 'POST') return response
      const { userName } = objectIn(request)
      const filter = encodeURIComponent(`userName eq "${userName}"`)
      const [one] = objectsIn(objectIn(await next(reading(request, `/Users?filter=${filter}`))).Resources)
      if (one) await next(instead(request, 'PUT', `/Users/${one.id}`, objectIn(request)))
      return response
    },
    caughtBy: ['rfc/create/conflict-changes-nothing'],
  },
  {
    id: 'put-creates',
    description: 'PUT to an unknown ID creates a user.',
    breaks: () => async (request, next) => {
      const response = await next(request)
      return response.status === 404 && request.method === 'PUT'
        ? next(instead(request, 'POST', pathOf(request).replace(/\/[^/]+$/, ''), objectIn(request)))
        : response
    },
    caughtBy: ['rfc/create/put-unknown', 'rfc/create/put-unknown-makes-nothing'],
  },
  {
    id: 'put-merges-lists',
    description: 'PUT adds the addresses to the existing ones.',
    breaks: () => async (request, next) => {
      if (request.method !== 'PUT') return next(request)
      const before = objectIn(await next(reading(request, pathOf(request))))
      const body = objectIn(request)
      return 'emails' in body
        ? next(
            withBody(request, {
              ...body,
              emails: [
                ...objectsIn(before.emails).map(one => ({ ...one, primary: false })),
                ...objectsIn(body.emails),
              ],
            }),
          )
        : next(request)
    },
    caughtBy: ['rfc/put/replaces-lists'],
  },
  {
    id: 'put-forgets-members',
    description: 'PUT ignores members.',
    breaks: changesBody(body => without(body, 'members'), 'PUT'),
    caughtBy: ['rfc/put/members'],
  },
  {
    id: 'put-fills-required',
    description: 'PUT without userName keeps the previous one.',
    breaks: () => async (request, next) => {
      if (request.method !== 'PUT') return next(request)
      const { userName } = objectIn(await next(reading(request, pathOf(request))))
      return next(userName === undefined ? request : withBody(request, { userName, ...objectIn(request) }))
    },
    caughtBy: ['rfc/put/refuses-missing-required'],
  },
  {
    id: 'immutable-changed',
    description: 'PUT with another value of an immutable attribute returns success.',
    breaks: changesResponse((response, request) =>
      request.method === 'PUT' && objectIn(response).scimType === 'mutability'
        ? { ...withBody(response, objectIn(request)), status: 200 }
        : {},
    ),
    caughtBy: ['rfc/put/refuses-immutable', 'rfc/advertised/immutable-own'],
  },
  {
    id: 'delete-does-nothing',
    description: 'DELETE returns 204 without any effect.',
    breaks: responds(({ method }) =>
      method === 'DELETE' ? { status: 204, headers: {}, text: '' } : undefined,
    ),
    caughtBy: ['rfc/delete/get'],
  },
  {
    id: 'deleted-still-listed',
    description: 'Filters still return deleted users.',
    breaks: () => {
      const gone: JsonObject[] = []
      return async (request, next) => {
        if (request.method === 'DELETE' && isUser.test(request.target))
          gone.push(objectIn(await next(reading(request, request.target))))
        const response = await next(request)
        const list = objectIn(response)
        const filter = queryOf(request).get('filter')
        const found = gone.filter(({ userName }) => filter === `userName eq ${JSON.stringify(userName)}`)
        return Array.isArray(list.Resources) && pathOf(request) === '/Users'
          ? withBody(response, { ...list, Resources: [...objectsIn(list.Resources), ...found] })
          : response
      }
    },
    caughtBy: ['rfc/delete/out-of-lists'],
  },
  {
    id: 'deleted-stay-members',
    description: 'Deleted users remain members of groups.',
    breaks: () => {
      const seen = new Map<string, readonly JsonObject[]>()
      return async (request, next) => {
        const response = await next(request)
        const body = objectIn(response)
        if (!pathOf(request).startsWith('/Groups') || typeof body.id !== 'string') return response
        const before = seen.get(body.id) ?? []
        const members = objectsIn(body.members)
        const missing = before.filter(one => !members.some(({ value }) => value === one.value))
        seen.set(body.id, [...members, ...missing])
        return withBody(response, { ...body, members: [...members, ...missing] })
      }
    },
    caughtBy: ['rfc/delete/out-of-groups'],
  },
  {
    id: 'members-deleted-too',
    description: 'Deleting a group deletes its members.',
    breaks: () => async (request, next) => {
      const isGroup = request.method === 'DELETE' && request.target.startsWith('/Groups/')
      const { members } = isGroup ? objectIn(await next(reading(request, request.target))) : {}
      for (const { value } of objectsIn(members))
        await next({ ...reading(request, `/Users/${value}`), method: 'DELETE' })
      return next(request)
    },
    caughtBy: ['rfc/delete/group-keeps-members'],
  },
  {
    id: 'found-by-the-old-name',
    description: 'A filter finds a renamed user only by the previous name.',
    breaks: () => {
      const before = new Map<unknown, JsonObject['id']>()
      return async (request, next) => {
        const response = await next(request)
        const body = objectIn(response)
        if (request.method === 'POST') before.set(body.userName, body.id ?? null)
        const name = /^userName eq "([^"]*)"$/i.exec(queryOf(request).get('filter') ?? '')?.[1]
        if (name === undefined) return response
        const Resources = objectsIn(body.Resources).filter(({ id }) => before.get(name) === id)
        return withBody(response, { ...body, Resources, totalResults: Resources.length })
      }
    },
    caughtBy: ['rfc/patch-replace/user-name-found'],
  },
  {
    id: 'name-stays-taken',
    description: 'The userName of a deleted user can’t be used again.',
    breaks: () => {
      const taken = new Set<unknown>()
      return async (request, next) => {
        if (request.method === 'DELETE' && isUser.test(request.target))
          taken.add(objectIn(await next(reading(request, request.target))).userName)
        return request.method === 'POST' && taken.has(objectIn(request).userName) ? error(409) : next(request)
      }
    },
    caughtBy: ['rfc/delete/name-is-free'],
  },
  {
    id: 'any-type-under-any-endpoint',
    description: '/Groups also returns a user.',
    breaks: () => async (request, next) => {
      const response = await next(request)
      return response.status === 404 && request.method === 'GET'
        ? next(reading(request, request.target.replace('/Groups/', '/Users/')))
        : response
    },
    caughtBy: ['rfc/common/id-of-one-type'],
  },
  {
    id: 'text-for-a-boolean',
    description: 'active accepts any string.',
    breaks: changesBody(
      body => (typeof body.active === 'string' ? { ...body, active: body.active !== '' } : body),
      'POST',
    ),
    caughtBy: ['rfc/forms/refuses-boolean-text'],
  },
  {
    id: 'text-for-a-number',
    description: 'An integer attribute accepts a string.',
    breaks: changesBody(
      body => ('ports' in body ? { ...body, ports: Math.trunc(Number(body.ports)) || 1 } : body),
      'POST',
    ),
    caughtBy: ['rfc/forms/refuses-integer-text', 'rfc/forms/refuses-integer-fraction'],
  },
  {
    id: 'nulls-refused',
    description: 'null is rejected.',
    breaks: changesResponse((_, { text, method }) =>
      method === 'POST' && /:null\b/.test(text) ? error(400) : {},
    ),
    caughtBy: ['rfc/values/null-is-absent'],
  },
]
