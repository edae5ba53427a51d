import { isObject } from '../../../scim-compliance/scim.ts'
import { type Mutant, objectIn, objectsIn, pathOf, reading, withBody } from './break.ts'
import { bodies, changesResponse, resources, without } from './breaks.ts'

const enterprise = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User'

const returnsPrevious =
  (method: string): Mutant['breaks'] =>
  () =>
  async (request, next) => {
    if (request.method !== method) return next(request)
    const before = await next(reading(request, pathOf(request)))
    const response = await next(request)
    return response.status === 200 ? { ...response, text: before.text } : response
  }

/** Values that are returned incorrectly, and errors. */
export const valueMutants: readonly Mutant[] = [
  {
    id: 'boolean-as-text',
    description: 'active is returned as "True" or "False".',
    breaks: resources(one =>
      typeof one.active === 'boolean' ? { ...one, active: one.active ? 'True' : 'False' } : one,
    ),
    caughtBy: ['rfc/advertised/types-users', 'rfc/forms/boolean-kept'],
  },
  {
    id: 'password-shown',
    description: 'The password is returned.',
    breaks: () => async (request, next) => {
      const response = await next(request)
      const { password } = objectIn(request)
      return password === undefined || response.status >= 400
        ? response
        : withBody(response, { ...objectIn(response), password })
    },
    caughtBy: ['rfc/user/password-hidden'],
  },
  {
    id: 'nulls-shown',
    description: 'Unassigned attributes are returned as null.',
    breaks: resources(one => ({ title: null, nickName: null, emails: null, ...one })),
    caughtBy: ['rfc/values/unassigned-not-returned', 'rfc/values/null-is-absent'],
  },
  {
    id: 'empty-lists-shown',
    description: 'Cleared attributes are returned as empty strings.',
    breaks: resources(one => ({ title: '', nickName: '', ...one })),
    caughtBy: ['rfc/values/null-clears', 'rfc/values/unassigned-not-returned'],
  },
  {
    id: 'names-in-lower-case',
    description: 'userName is returned as username.',
    breaks: resources(({ userName, ...one }) =>
      userName === undefined ? one : { ...one, username: userName },
    ),
    caughtBy: ['rfc/model/names-own-spelling', 'rfc/user/name-kept'],
  },
  {
    id: 'user-name-folded',
    description: 'userName is returned in lower case.',
    breaks: resources(one =>
      typeof one.userName === 'string' ? { ...one, userName: one.userName.toLowerCase() } : one,
    ),
    caughtBy: ['rfc/user/name-kept'],
  },
  {
    id: 'single-value-for-list',
    description: 'A list with one value is returned as this value.',
    breaks: resources(one =>
      Array.isArray(one.emails) && one.emails.length === 1 ? { ...one, emails: one.emails[0] ?? null } : one,
    ),
    caughtBy: ['rfc/advertised/plural-users'],
  },
  {
    id: 'external-id-invented',
    description: 'The server sets externalId if none was sent.',
    breaks: resources(one => ({ externalId: 'made-up', ...one })),
    caughtBy: ['rfc/common/external-id-not-invented'],
  },
  {
    id: 'external-id-folded',
    description: 'externalId is returned in upper case.',
    breaks: resources(one =>
      typeof one.externalId === 'string' ? { ...one, externalId: one.externalId.toUpperCase() } : one,
    ),
    caughtBy: ['rfc/common/external-id-kept'],
  },
  {
    id: 'not-unicode',
    description: 'Non-ASCII characters become question marks.',
    breaks: changesResponse(({ text }) => ({ text: text.replace(/[^\x20-\x7e]/g, '?') })),
    caughtBy: ['rfc/transport/keeps-unicode', 'rfc/transport/keeps-unicode-when-read'],
  },
  {
    id: 'members-without-ref',
    description: 'Members have no $ref.',
    breaks: resources(one => ({
      ...one,
      ...('members' in one && { members: objectsIn(one.members).map(member => without(member, '$ref')) }),
    })),
    caughtBy: ['rfc/group/members-ref'],
  },
  {
    id: 'refs-lead-nowhere',
    description: '$ref of a member is that of an unknown resource.',
    breaks: resources(one => ({
      ...one,
      ...('members' in one && {
        members: objectsIn(one.members).map(member => ({ ...member, $ref: `${member.$ref}x` })),
      }),
    })),
    caughtBy: ['rfc/group/members-ref-leads'],
  },
  {
    id: 'no-groups-of-users',
    description: 'The server doesn’t return the groups of users.',
    breaks: resources(one => without(one, 'groups')),
    caughtBy: ['rfc/group/of-user'],
  },
  {
    id: 'ref-of-the-manager',
    description: '$ref of a manager is that of an unknown resource.',
    breaks: resources(one =>
      isObject(one[enterprise]) && isObject(one[enterprise].manager)
        ? {
            ...one,
            [enterprise]: {
              ...one[enterprise],
              manager: { ...one[enterprise].manager, $ref: '../Users/nobody' },
            },
          }
        : one,
    ),
    caughtBy: ['rfc/enterprise/manager-ref'],
  },
  {
    id: 'patch-answers-the-old',
    description: 'PATCH returns the previous state of the resource.',
    breaks: returnsPrevious('PATCH'),
    caughtBy: ['rfc/patch-paths/answers-as-stored'],
  },
  {
    id: 'put-answers-the-old',
    description: 'PUT returns the previous state of the resource.',
    breaks: returnsPrevious('PUT'),
    caughtBy: ['rfc/put/answers-as-stored'],
  },
  {
    id: 'errors-without-schemas',
    description: 'Errors have no schemas.',
    breaks: bodies((body, _, { status }) => (status >= 400 ? without(body, 'schemas') : body)),
    caughtBy: ['rfc/errors/body-unknown-id'],
  },
  {
    id: 'error-status-number',
    description: 'The status in an error is a number.',
    breaks: bodies((body, _, { status }) => (status >= 400 ? { ...body, status } : body)),
    caughtBy: ['rfc/errors/status-is-text'],
  },
  {
    id: 'errors-empty',
    description: 'Errors have no body.',
    breaks: changesResponse(({ status }) => (status >= 400 ? { text: '' } : {})),
    caughtBy: ['rfc/errors/body-unknown-id', 'rfc/errors/body-not-json'],
  },
  {
    id: 'stack-traces',
    description: 'Errors contain a stack trace.',
    breaks: bodies((body, _, { status }) =>
      status >= 400
        ? { ...body, detail: 'TypeError: x is undefined\n    at handle (/srv/app/users.js:12:34)' }
        : body,
    ),
    caughtBy: ['rfc/errors/no-stack-trace'],
  },
  {
    id: 'no-scim-type',
    description: 'Errors have no scimType.',
    breaks: bodies((body, _, { status }) => (status >= 400 ? without(body, 'scimType') : body)),
    caughtBy: ['rfc/create/conflict-type', 'rfc/filter/refuses-no-value-named'],
  },
]
