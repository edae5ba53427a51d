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
import { answers, insteadOf, takes, without } from './breaks.ts'

const isUser = /^\/Users\/[^/]+$/

/** Faults of POST, PUT and DELETE. */
export const writeMutants: readonly Mutant[] = [
  {
    id: 'id-of-the-client',
    description: 'An id sent by a client is accepted.',
    breaks: answers((answer, asked) => {
      const { id } = objectIn(asked)
      return asked.method === 'POST' && id !== undefined ? withBody(answer, { ...objectIn(answer), id }) : {}
    }),
    caughtBy: ['rfc/common/id-of-client-ignored', 'rfc/create/read-only-ignored'],
  },
  {
    id: 'meta-of-the-client',
    description: 'meta sent by a client is accepted.',
    breaks: answers((answer, asked) => {
      const { meta } = objectIn(asked)
      return meta === undefined || answer.status > 299 ? {} : withBody(answer, { ...objectIn(answer), meta })
    }),
    caughtBy: ['rfc/meta/of-client-ignored'],
  },
  {
    id: 'title-is-lost',
    description: 'title is advertised as writable, but ignored.',
    breaks: takes(body => without(body, 'title')),
    caughtBy: ['rfc/advertised/writable-users', 'rfc/create/body-user'],
  },
  {
    id: 'required-not-checked',
    description: 'A user without userName gets one.',
    breaks: takes(
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
    breaks: () => async (asked, next) => {
      if (asked.method !== 'POST' || pathOf(asked) !== '/Users' || 'userName' in objectIn(asked))
        return next(asked)
      const answer = await next(withBody(asked, { ...objectIn(asked), userName: `user-${Math.random()}` }))
      return withBody(answer, without(objectIn(answer), 'userName'))
    },
    caughtBy: ['rfc/user/name-required'],
  },
  {
    id: 'not-unique',
    description: 'Duplicate userNames are accepted.',
    breaks: () => async (asked, next) => {
      const answer = await next(asked)
      const body = objectIn(asked)
      return answer.status === 409 && asked.method === 'POST'
        ? next(withBody(asked, { ...body, userName: `${body.userName}-${Math.random()}` }))
        : answer
    },
    caughtBy: ['rfc/create/conflict', 'rfc/user/name-unique'],
  },
  {
    id: 'unique-with-case',
    description: 'The same userName in different case is accepted.',
    breaks: () => {
      const names = new Set<unknown>()
      return async (asked, next) => {
        const body = objectIn(asked)
        const answer = await next(asked)
        const isNew = !names.has(body.userName)
        names.add(body.userName)
        return answer.status === 409 && asked.method === 'POST' && isNew
          ? next(withBody(asked, { ...body, userName: `${body.userName}-${Math.random()}` }))
          : answer
      }
    },
    caughtBy: ['rfc/user/name-unique-without-case'],
  },
  {
    id: 'conflict-overwrites',
    description: 'POST of an existing user changes this user, and then returns 409.',
    breaks: () => async (asked, next) => {
      const answer = await next(asked)
      if (answer.status !== 409 || asked.method !== 'POST') return answer
      const { userName } = objectIn(asked)
      const filter = encodeURIComponent(`userName eq "${userName}"`)
      const [one] = objectsIn(objectIn(await next(reading(asked, `/Users?filter=${filter}`))).Resources)
      if (one) await next(instead(asked, 'PUT', `/Users/${one.id}`, objectIn(asked)))
      return answer
    },
    caughtBy: ['rfc/create/conflict-changes-nothing'],
  },
  {
    id: 'put-creates',
    description: 'PUT to an unknown ID creates a user.',
    breaks: () => async (asked, next) => {
      const answer = await next(asked)
      return answer.status === 404 && asked.method === 'PUT'
        ? next(instead(asked, 'POST', pathOf(asked).replace(/\/[^/]+$/, ''), objectIn(asked)))
        : answer
    },
    caughtBy: ['rfc/create/put-unknown', 'rfc/create/put-unknown-makes-nothing'],
  },
  {
    id: 'put-merges-lists',
    description: 'PUT adds the addresses to the existing ones.',
    breaks: () => async (asked, next) => {
      if (asked.method !== 'PUT') return next(asked)
      const before = objectIn(await next(reading(asked, pathOf(asked))))
      const body = objectIn(asked)
      return 'emails' in body
        ? next(
            withBody(asked, {
              ...body,
              emails: [
                ...objectsIn(before.emails).map(one => ({ ...one, primary: false })),
                ...objectsIn(body.emails),
              ],
            }),
          )
        : next(asked)
    },
    caughtBy: ['rfc/put/replaces-lists'],
  },
  {
    id: 'put-forgets-members',
    description: 'PUT ignores members.',
    breaks: takes(body => without(body, 'members'), 'PUT'),
    caughtBy: ['rfc/put/members'],
  },
  {
    id: 'put-fills-required',
    description: 'PUT without userName keeps the previous one.',
    breaks: () => async (asked, next) => {
      if (asked.method !== 'PUT') return next(asked)
      const { userName } = objectIn(await next(reading(asked, pathOf(asked))))
      return next(userName === undefined ? asked : withBody(asked, { userName, ...objectIn(asked) }))
    },
    caughtBy: ['rfc/put/refuses-missing-required'],
  },
  {
    id: 'immutable-changed',
    description: 'PUT with another value of an immutable attribute returns success.',
    breaks: answers((answer, asked) =>
      asked.method === 'PUT' && objectIn(answer).scimType === 'mutability'
        ? { ...withBody(answer, objectIn(asked)), status: 200 }
        : {},
    ),
    caughtBy: ['rfc/put/refuses-immutable', 'rfc/advertised/immutable-own'],
  },
  {
    id: 'delete-does-nothing',
    description: 'DELETE returns 204 without any effect.',
    breaks: insteadOf(({ method }) =>
      method === 'DELETE' ? { status: 204, headers: {}, text: '' } : undefined,
    ),
    caughtBy: ['rfc/delete/get'],
  },
  {
    id: 'deleted-still-listed',
    description: 'Filters still return deleted users.',
    breaks: () => {
      const gone: JsonObject[] = []
      return async (asked, next) => {
        if (asked.method === 'DELETE' && isUser.test(asked.target))
          gone.push(objectIn(await next(reading(asked, asked.target))))
        const answer = await next(asked)
        const list = objectIn(answer)
        return Array.isArray(list.Resources) && pathOf(asked) === '/Users'
          ? withBody(answer, { ...list, Resources: [...objectsIn(list.Resources), ...gone] })
          : answer
      }
    },
    caughtBy: ['rfc/delete/out-of-lists'],
  },
  {
    id: 'deleted-stay-members',
    description: 'Deleted users remain members of groups.',
    breaks: () => {
      const seen = new Map<string, readonly JsonObject[]>()
      return async (asked, next) => {
        const answer = await next(asked)
        const body = objectIn(answer)
        if (!pathOf(asked).startsWith('/Groups') || typeof body.id !== 'string') return answer
        const before = seen.get(body.id) ?? []
        const members = objectsIn(body.members)
        const missing = before.filter(one => !members.some(({ value }) => value === one.value))
        seen.set(body.id, [...members, ...missing])
        return withBody(answer, { ...body, members: [...members, ...missing] })
      }
    },
    caughtBy: ['rfc/delete/out-of-groups'],
  },
  {
    id: 'members-deleted-too',
    description: 'Deleting a group deletes its members.',
    breaks: () => async (asked, next) => {
      const isGroup = asked.method === 'DELETE' && asked.target.startsWith('/Groups/')
      const { members } = isGroup ? objectIn(await next(reading(asked, asked.target))) : {}
      for (const { value } of objectsIn(members))
        await next({ ...reading(asked, `/Users/${value}`), method: 'DELETE' })
      return next(asked)
    },
    caughtBy: ['rfc/delete/group-keeps-members'],
  },
  {
    id: 'found-by-the-old-name',
    description: 'A filter finds a renamed user only by the previous name.',
    breaks: () => {
      const before = new Map<unknown, JsonObject['id']>()
      return async (asked, next) => {
        const answer = await next(asked)
        const body = objectIn(answer)
        if (asked.method === 'POST') before.set(body.userName, body.id ?? null)
        const name = /^userName eq "([^"]*)"$/i.exec(queryOf(asked).get('filter') ?? '')?.[1]
        if (name === undefined) return answer
        const Resources = objectsIn(body.Resources).filter(({ id }) => before.get(name) === id)
        return withBody(answer, { ...body, Resources, totalResults: Resources.length })
      }
    },
    caughtBy: ['rfc/patch-replace/user-name-found'],
  },
  {
    id: 'name-stays-taken',
    description: 'The userName of a deleted user can’t be used again.',
    breaks: () => {
      const taken = new Set<unknown>()
      return async (asked, next) => {
        if (asked.method === 'DELETE' && isUser.test(asked.target))
          taken.add(objectIn(await next(reading(asked, asked.target))).userName)
        return asked.method === 'POST' && taken.has(objectIn(asked).userName) ? error(409) : next(asked)
      }
    },
    caughtBy: ['rfc/delete/name-is-free'],
  },
  {
    id: 'any-type-under-any-endpoint',
    description: '/Groups also returns a user.',
    breaks: () => async (asked, next) => {
      const answer = await next(asked)
      return answer.status === 404 && asked.method === 'GET'
        ? next(reading(asked, asked.target.replace('/Groups/', '/Users/')))
        : answer
    },
    caughtBy: ['rfc/common/id-of-one-type'],
  },
  {
    id: 'text-for-a-boolean',
    description: 'active accepts any string.',
    breaks: takes(
      body => (typeof body.active === 'string' ? { ...body, active: body.active !== '' } : body),
      'POST',
    ),
    caughtBy: ['rfc/forms/refuses-boolean-text'],
  },
  {
    id: 'text-for-a-number',
    description: 'An integer attribute accepts a string.',
    breaks: takes(
      body => ('ports' in body ? { ...body, ports: Math.trunc(Number(body.ports)) || 1 } : body),
      'POST',
    ),
    caughtBy: ['rfc/forms/refuses-integer-text', 'rfc/forms/refuses-integer-fraction'],
  },
  {
    id: 'nulls-refused',
    description: 'null is rejected.',
    breaks: answers((_, { text, method }) => (method === 'POST' && /:null\b/.test(text) ? error(400) : {})),
    caughtBy: ['rfc/values/null-is-absent'],
  },
]
