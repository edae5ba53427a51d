import { isObject, patchOpUrn } from '../../../scim-compliance/scim.ts'
import {
  error,
  instead,
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
  filters,
  inLists,
  operation,
  operations,
  resources,
  responds,
  status,
  without,
} from './breaks.ts'

const isPathless = ({ path, value }: { readonly path?: unknown; readonly value?: unknown }): boolean =>
  path === undefined && isObject(value)

/** Faults that Okta's provisioning notices. */
export const oktaMutants: readonly Mutant[] = (
  [
    {
      id: 'count-of-2-refused',
      description: 'A page of two is rejected.',
      breaks: responds(({ target }) => (/[?&]count=2$/.test(target) ? error(400) : undefined)),
      caughtBy: ['okta/connection/users'],
    },
    {
      id: 'count-ignored',
      description: 'count is ignored.',
      breaks: changesRequest(request =>
        queryOf(request).has('count') ? withQuery(request, { count: null }) : request,
      ),
      caughtBy: ['okta/import/next-page'],
    },
    {
      id: 'numbers-as-text',
      description: 'totalResults is a string.',
      breaks: inLists(list => ({ ...list, totalResults: `${list.totalResults}` })),
      caughtBy: ['okta/connection/numbers', 'okta/import/total-of-all'],
    },
    {
      id: 'filter-ignored',
      description: 'Filters are ignored.',
      breaks: filters(() => null),
      caughtBy: ['okta/look-up/by-user-name'],
    },
    {
      id: 'nobody-is-400',
      description: 'A search that finds nothing returns 400.',
      breaks: changesResponse((response, { target }) =>
        /filter=/.test(target) && objectIn(response).totalResults === 0 ? error(400) : {},
      ),
      caughtBy: ['okta/look-up/nobody', 'okta/groups/look-up-nothing'],
    },
    {
      id: 'names-in-lower-case',
      description: 'userName is returned in lower case.',
      breaks: resources(one =>
        typeof one.userName === 'string' ? { ...one, userName: one.userName.toLowerCase() } : one,
      ),
      caughtBy: ['okta/create/keeps-user-name-case', 'okta/look-up/keeps-case'],
    },
    {
      id: 'deactivated-hidden',
      description: 'Searches omit deactivated users.',
      breaks: inLists(list => {
        const Resources = objectsIn(list.Resources).filter(({ active }) => active !== false)
        return { ...list, Resources, totalResults: Resources.length }
      }),
      caughtBy: ['okta/look-up/deactivated'],
    },
    {
      id: 'groups-in-create-refused',
      description: 'A user with an empty list of groups is rejected.',
      breaks: responds(request =>
        request.method === 'POST' && 'groups' in objectIn(request) ? error(400) : undefined,
      ),
      caughtBy: ['okta/create/documented-body'],
    },
    {
      id: 'empty-create',
      description: 'The response to a create is empty.',
      breaks: changesResponse(({ status }, { method }) =>
        method === 'POST' && status === 201 ? { text: '' } : {},
      ),
      caughtBy: ['okta/create/returns-the-user'],
    },
    {
      id: 'duplicate-is-400',
      description: 'A duplicate returns 400.',
      breaks: status(409, 400),
      caughtBy: ['okta/create/twice-is-409'],
    },
    {
      id: 'family-name-lost',
      description: 'The family name is not stored.',
      breaks: changesBody(body =>
        isObject(body.name) ? { ...body, name: without(body.name, 'familyName') } : body,
      ),
      caughtBy: ['okta/create/keeps-the-profile'],
    },
    {
      id: 'id-in-put-refused',
      description: 'A PUT with id is rejected.',
      breaks: responds(request =>
        request.method === 'PUT' && 'id' in objectIn(request) ? error(400) : undefined,
      ),
      caughtBy: ['okta/update/put-what-was-read'],
    },
    {
      id: 'addresses-lost-in-put',
      description: 'PUT does not store addresses.',
      breaks: changesBody(body => without(body, 'addresses'), 'PUT'),
      caughtBy: ['okta/update/put-changes-nothing'],
    },
    {
      id: 'put-leaves-groups',
      description: 'PUT of a user removes the user from all groups.',
      breaks: () => async (request, next) => {
        const response = await next(request)
        if (request.method !== 'PUT') return response
        const user = objectIn(await next(reading(request, pathOf(request))))
        const left = { op: 'remove', path: `members[value eq "${user.id}"]` }
        for (const { value } of objectsIn(user.groups))
          await next(
            instead(request, 'PATCH', `/Groups/${value}`, { schemas: [patchOpUrn], Operations: [left] }),
          )
        return response
      },
      caughtBy: ['okta/update/put-keeps-groups'],
    },
    {
      id: 'pathless-ignored',
      description: 'PATCH ignores operations without a path.',
      breaks: operation(one => (isPathless(one) ? { op: 'add', path: 'externalId', value: 'x' } : one)),
      caughtBy: ['okta/deactivate/active-false', 'okta/groups/rename'],
    },
    {
      id: 'activating-ignored',
      description: 'A user can’t be activated again.',
      breaks: operation(one =>
        isObject(one.value) && one.value.active === true ? { ...one, value: { nickName: 'x' } } : one,
      ),
      caughtBy: ['okta/deactivate/active-true'],
    },
    {
      id: 'deactivating-clears',
      description: 'Deactivating a user removes the name.',
      breaks: operations(all =>
        all.some(({ value }) => isObject(value) && value.active === false)
          ? [...all, { op: 'remove', path: 'name' }]
          : all,
      ),
      caughtBy: ['okta/deactivate/keeps-the-rest'],
    },
    {
      id: 'id-in-rename-refused',
      description: 'A value with id is rejected.',
      breaks: responds(request =>
        objectsIn(objectIn(request).Operations).some(({ value }) => isObject(value) && 'id' in value)
          ? error(400)
          : undefined,
      ),
      caughtBy: [
        'okta/groups/rename',
        'okta/groups/rename-to-the-same',
        'okta/members/push-now-without-path',
      ],
    },
    {
      id: 'empty-group-refused',
      description: 'A group with an empty list of members is rejected.',
      breaks: responds(request => {
        const { members } = objectIn(request)
        return request.method === 'POST' && Array.isArray(members) && members.length === 0
          ? error(400)
          : undefined
      }),
      caughtBy: ['okta/groups/created-empty'],
    },
    {
      id: 'deleted-group-stays',
      description: 'DELETE of a group has no effect.',
      breaks: responds(request =>
        request.method === 'DELETE' && /^\/Groups/.test(request.target) ? reply(204) : undefined,
      ),
      caughtBy: ['okta/groups/deleted'],
    },
    {
      id: 'unknown-group-is-500',
      description: 'PATCH of an unknown group returns 500.',
      breaks: status(404, 500, ({ method }) => method === 'PATCH'),
      caughtBy: ['okta/groups/vanished-is-404'],
    },
    {
      id: 'display-refused',
      description: 'A member with display is rejected.',
      breaks: responds(({ method, text }) =>
        method === 'PATCH' && /"display":/.test(text) ? error(400) : undefined,
      ),
      caughtBy: ['okta/members/add', 'okta/members/push-now'],
    },
    {
      id: 'removal-empties',
      description: 'Removing a member removes all.',
      breaks: operation(one => (/^members\[/.test(`${one.path}`) ? { op: 'remove', path: 'members' } : one)),
      caughtBy: ['okta/members/remove'],
    },
    {
      id: 'first-operation-only',
      description: 'Only the first operation of a PATCH is applied.',
      breaks: operations(all => all.slice(0, 1)),
      caughtBy: ['okta/members/remove-and-add'],
    },
    {
      id: 'replace-adds',
      description: 'Replacing members adds them.',
      breaks: operation(one =>
        one.path === 'members' && one.op === 'replace' ? { ...one, op: 'add' } : one,
      ),
      caughtBy: ['okta/members/push-now'],
    },
    {
      id: 'empty-list-ignored',
      description: 'Replacing members with an empty list is ignored.',
      breaks: operation(one =>
        Array.isArray(one.value) && one.value.length === 0
          ? { op: 'add', path: 'externalId', value: 'x' }
          : one,
      ),
      caughtBy: ['okta/members/push-now-empty'],
    },
    {
      id: 'page-total',
      description: 'totalResults is that of the page.',
      breaks: bodies(body =>
        Array.isArray(body.Resources) ? { ...body, totalResults: body.Resources.length } : body,
      ),
      caughtBy: ['okta/import/total-of-all'],
    },
    {
      id: 'order-changes',
      description: 'The order of a list changes with each request.',
      breaks: () => {
        let turn = 0
        return async (request, next) => {
          const response = await next(request)
          const body = objectIn(response)
          turn += 1
          return Array.isArray(body.Resources) && turn % 2 === 0
            ? withBody(response, { ...body, Resources: body.Resources.toReversed() })
            : response
        }
      },
      caughtBy: ['okta/import/stable-order'],
    },
    {
      id: 'hundred-refused',
      description: 'A count of 100 is rejected.',
      breaks: responds(({ target }) => (/count=100/.test(target) ? error(400) : undefined)),
      caughtBy: ['okta/import/hundred', 'okta/connection/groups', 'okta/groups/look-up'],
    },
  ] satisfies readonly Mutant[]
).map(mutant => ({ ...mutant, id: `okta-${mutant.id}` }))
