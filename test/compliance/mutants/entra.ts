import { isObject } from '../../../scim-compliance/scim.ts'
import {
  error,
  instead,
  listOf,
  type Mutant,
  objectIn,
  objectsIn,
  pathOf,
  queryOf,
  reading,
  reply,
  withBody,
  withQuery,
} from './break.ts'
import {
  bodies,
  changesBody,
  changesRequest,
  changesResponse,
  inLists,
  operation,
  operations,
  resources,
  status,
  without,
} from './breaks.ts'

const enterprise = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User'
const isText = (value: unknown, text: string) =>
  `${value}`.toLowerCase() === text && value !== (text === 'true')
const filterIn = (request: Parameters<typeof queryOf>[0]): string => queryOf(request).get('filter') ?? ''

/** Faults that only Entra's provisioning client notices. */
export const entraMutants: readonly Mutant[] = (
  [
    {
      id: 'disabled-not-found',
      description: 'Disabled users aren’t found.',
      breaks: inLists(list => {
        const Resources = objectsIn(list.Resources).filter(({ active }) => active !== false)
        return { ...list, Resources, totalResults: Resources.length }
      }),
      caughtBy: ['entra/disable/still-found'],
    },
    {
      id: 'disabled-is-gone',
      description: 'A disabled user returns 404.',
      breaks: changesResponse((response, { method }) =>
        method === 'GET' && objectIn(response).active === false ? error(404) : {},
      ),
      caughtBy: ['entra/disable/still-read-by-id'],
    },
    {
      id: 'false-ignored',
      description: 'PATCH ignores the string "False".',
      breaks: operations(all => {
        const kept = all.filter(({ value }) => !isText(value, 'false'))
        return kept.length > 0 ? kept : [{ op: 'add', path: 'nickName', value: 'x' }]
      }),
      caughtBy: ['entra/disable/default'],
    },
    {
      id: 'false-is-true',
      description: 'The string "False" counts as true, like any string.',
      breaks: operation(one => (isText(one.value, 'false') ? { ...one, value: true } : one)),
      caughtBy: ['entra/disable/default'],
    },
    {
      id: 'texts-for-booleans-refused',
      description: 'A create with the string "True" is rejected.',
      breaks: changesResponse((_, { method, text }) =>
        method === 'POST' && /"active":"/.test(text) ? error(400) : {},
      ),
      caughtBy: ['entra/create/active-as-true'],
    },
    {
      id: 'false-without-path-ignored',
      description: 'PATCH ignores active in a value without a path.',
      breaks: operation(one =>
        !('path' in one) && isObject(one.value) ? { ...one, value: without(one.value, 'active') } : one,
      ),
      caughtBy: ['entra/disable/flag-without-path'],
    },
    {
      id: 'disabling-empties',
      description: 'Disabling a user removes the title.',
      breaks: operations(all =>
        all.some(({ value }) => value === false || isText(value, 'false'))
          ? [...all, { op: 'remove', path: 'title' }, { op: 'remove', path: 'emails' }]
          : all,
      ),
      caughtBy: ['entra/disable/keeps-the-rest'],
    },
    {
      id: 'active-as-text',
      description: 'active is returned as a string.',
      breaks: resources(one => (typeof one.active === 'boolean' ? { ...one, active: `${one.active}` } : one)),
      caughtBy: ['entra/create/active-is-a-boolean'],
    },
    {
      id: 'manager-as-text',
      description: 'The manager is returned as a string.',
      breaks: resources(one => {
        const extension = one[enterprise]
        return isObject(extension) && isObject(extension.manager)
          ? { ...one, [enterprise]: { ...extension, manager: extension.manager.value ?? null } }
          : one
      }),
      caughtBy: ['entra/manager/shown-as-an-object'],
    },
    {
      id: 'manager-text-refused',
      description: 'A manager as a bare ID is rejected.',
      breaks: changesResponse((_, request) =>
        objectsIn(objectIn(request).Operations).some(
          ({ path, value }) => /manager$/.test(`${path}`) && typeof value === 'string',
        )
          ? error(400)
          : {},
      ),
      caughtBy: ['entra/manager/add-text'],
    },
    {
      id: 'manager-takes-the-department',
      description: 'A new manager removes the rest of the extension.',
      breaks: operations(all =>
        all.some(({ path }) => /manager/.test(`${path}`))
          ? [{ op: 'remove', path: `${enterprise}:department` }, ...all]
          : all,
      ),
      caughtBy: ['entra/manager/keeps-the-department'],
    },
    {
      id: 'probe-404',
      description: 'The connection test, which searches for an unknown user, returns 404.',
      breaks: changesResponse((response, { method }) =>
        method === 'GET' && objectIn(response).totalResults === 0 ? error(404) : {},
      ),
      caughtBy: ['entra/probe/user-answers-200'],
    },
    {
      id: 'probe-finds-somebody',
      description: 'The connection test returns a user.',
      breaks: inLists(list =>
        list.totalResults === 0 ? { ...list, ...listOf({ id: 'x', userName: 'x', schemas: [] }) } : list,
      ),
      caughtBy: ['entra/probe/user-finds-nobody'],
    },
    {
      id: 'unquoted-refused',
      description: 'A value without quotation marks is rejected.',
      breaks: changesResponse((_, request) => (/ eq [^"tfn]/i.test(filterIn(request)) ? error(400) : {})),
      caughtBy: ['entra/look-up/unquoted-value'],
    },
    {
      id: 'plus-is-a-plus',
      description: 'A plus in a URL isn’t decoded as a space.',
      breaks: changesResponse((_, { target }) => (/\+eq\+/.test(target) ? error(400) : {})),
      caughtBy: ['entra/look-up/plus-for-blank'],
    },
    {
      id: 'external-id-not-searched',
      description: 'A filter on externalId returns no user.',
      breaks: changesRequest(request =>
        filterIn(request).startsWith('externalId')
          ? withQuery(request, { filter: 'id eq "nobody"' })
          : request,
      ),
      caughtBy: ['entra/look-up/by-external-id'],
    },
    {
      id: 'throttles',
      description: 'More than a few requests within 50 milliseconds return 429 without Retry-After.',
      breaks: () => {
        let running = 0
        return async (request, next) => {
          if (++running > 3) return reply(429, { detail: 'Slow down.', running: running-- })
          return next(request).finally(() => setTimeout(() => running--, 50))
        }
      },
      caughtBy: ['entra/load/refuses-nobody'],
    },
    {
      id: 'race-between-writes',
      description: 'Of members that are added concurrently, some are lost.',
      breaks: () => async (request, next) => {
        if (request.method !== 'PATCH' || !request.target.startsWith('/Groups')) return next(request)
        const before = objectIn(await next(reading(request, pathOf(request))))
        const response = await next(request)
        const added = objectsIn(objectIn(request).Operations).flatMap(({ value }) => objectsIn(value))
        const members = [...objectsIn(before.members), ...added]
        await next(instead(request, 'PUT', pathOf(request), { ...before, members }))
        return response
      },
      caughtBy: ['entra/members/parallel-add'],
    },
    {
      id: 'same-user-twice',
      description: 'Two concurrent creations of the same user succeed.',
      breaks: () => {
        const running = new Map<unknown, number>()
        return async (request, next) => {
          const body = objectIn(request)
          const response = next(request)
          if (request.method !== 'POST' || body.userName === undefined) return response
          const before = running.get(body.userName) ?? 0
          running.set(body.userName, before + 1)
          return before === 0
            ? response
            : next(withBody(request, { ...body, externalId: null, userName: `${body.userName}-${before}` }))
        }
      },
      caughtBy: ['entra/load/same-user-at-once'],
    },
    {
      id: 'listed-removal-removes-all',
      description: 'Removing a listed member removes all members.',
      breaks: operation(one => (/^remove$/i.test(`${one.op}`) ? without(one, 'value') : one)),
      caughtBy: ['entra/members/remove-listed'],
    },
    {
      id: 'add-again-refused',
      description: 'Adding an existing member is rejected.',
      breaks: () => async (request, next) => {
        if (request.method !== 'PATCH' || !request.target.startsWith('/Groups')) return next(request)
        const before = objectsIn(objectIn(await next(reading(request, pathOf(request)))).members)
        const again = objectsIn(objectIn(request).Operations).some(({ op, value }) =>
          objectsIn(value).some(
            one => /^add$/i.test(`${op}`) && before.some(member => member.value === one.value),
          ),
        )
        return again ? error(409) : next(request)
      },
      caughtBy: ['entra/members/add-again'],
    },
    {
      id: 'members-always-shown',
      description: 'excludedAttributes=members is ignored.',
      breaks: changesRequest(request => withQuery(request, { excludedAttributes: null })),
      caughtBy: ['entra/groups/look-up-without-members', 'entra/groups/read-without-members'],
    },
    {
      id: 'group-patch-200',
      description: 'PATCH of a group returns 200 without a body.',
      breaks: status(204, 200, ({ method }) => method === 'PATCH'),
      caughtBy: ['entra/groups/patch-answers-204'],
    },
    {
      id: 'dotted-names-ignored',
      description: 'PATCH ignores name.givenName in a value without a path.',
      breaks: operation(one =>
        !('path' in one) && isObject(one.value)
          ? { ...one, value: without(one.value, ...Object.keys(one.value).filter(key => /^\w+\./.test(key))) }
          : one,
      ),
      caughtBy: ['entra/update/flag-replace-dotted'],
    },
    {
      id: 'work-address-not-made',
      description: 'add to a missing work phone is rejected.',
      breaks: changesResponse((_, request) =>
        objectsIn(objectIn(request).Operations).some(({ path }) => `${path}`.startsWith('phoneNumbers['))
          ? error(400)
          : {},
      ),
      caughtBy: ['entra/update/add-work-phone'],
    },
    {
      id: 'rename-refused',
      description: 'userName can’t be changed.',
      breaks: changesResponse((_, request) =>
        objectsIn(objectIn(request).Operations).some(({ path }) => path === 'userName') ? error(400) : {},
      ),
      caughtBy: ['entra/update/rename'],
    },
    {
      id: 'roles-lost',
      description: 'App roles are ignored.',
      breaks: changesBody(body => without(body, 'roles')),
      caughtBy: ['entra/roles/single-on-create', 'entra/roles/several-on-create'],
    },
    {
      id: 'nulls-refused',
      description: 'null is rejected.',
      breaks: changesResponse((_, { method, text }) =>
        method === 'POST' && /:null\b/.test(text) ? error(400) : {},
      ),
      caughtBy: ['entra/create/nulls'],
    },
    {
      id: 'charset-refused',
      description: 'A media type with a charset is rejected.',
      breaks: changesResponse((_, { headers }) =>
        /charset/.test(headers['content-type'] ?? '') ? error(415) : {},
      ),
      caughtBy: ['entra/create/charset'],
    },
    {
      id: 'twice-201',
      description: 'Creating an existing user returns 201.',
      breaks: () => async (request, next) => {
        const response = await next(request)
        return response.status === 409 ? { ...response, status: 201 } : response
      },
      caughtBy: ['entra/create/twice-is-409'],
    },
    {
      id: 'twice-400',
      description: 'Creating an existing group returns 400.',
      breaks: status(409, 400, ({ target }) => target.startsWith('/Groups')),
      caughtBy: ['entra/groups/twice-is-409'],
    },
    {
      id: 'deleted-200',
      description: 'DELETE of a user returns 200.',
      breaks: status(204, 200, ({ method, target }) => method === 'DELETE' && target.startsWith('/Users')),
      caughtBy: ['entra/delete/user-answers-204'],
    },
    {
      id: 'delete-again-500',
      description: 'DELETE of a deleted user returns 500.',
      breaks: status(404, 500, ({ method }) => method === 'DELETE'),
      caughtBy: ['entra/delete/user-again', 'entra/delete/nobody'],
    },
    {
      id: 'schemas-with-nulls',
      description: 'Schemas contain null values.',
      breaks: bodies((body, { target }) => (target.startsWith('/Schemas') ? { ...body, meta: null } : body)),
      caughtBy: ['entra/discovery/schemas-without-nulls'],
    },
    {
      id: 'page-starts-at-one',
      description: 'Each page has startIndex 1.',
      breaks: inLists(list => ({ ...list, startIndex: 1 })),
      caughtBy: ['entra/tests/page-starts-where-asked'],
    },
  ] satisfies readonly Mutant[]
).map(mutant => ({ ...mutant, id: `entra-${mutant.id}`, profile: 'entra' as const }))
