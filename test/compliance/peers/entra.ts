import { enterpriseUrn, isObject, type Json, type JsonObject } from '../../../scim-compliance/scim.ts'
import {
  type Break,
  error,
  objectIn,
  objectsIn,
  pathOf,
  queryOf,
  type ReceivedRequest,
  reading,
  withBody,
} from '../mutants/break.ts'
import { eachResource, operation, responds, withOperations, without } from '../mutants/breaks.ts'
import type { Peer } from './peer.ts'

const operationsOf = (request: ReceivedRequest): readonly JsonObject[] =>
  request.method === 'PATCH' ? objectsIn(objectIn(request).Operations) : []

/** Rejects a PATCH with such an operation. */
const rejects = (is: (operation: JsonObject) => boolean, detail: string): Peer['breaks'] =>
  responds(request => (operationsOf(request).some(is) ? error(400, detail, 'invalidValue') : undefined))

/** Ignores such operations, and returns success. */
const ignores =
  (is: (operation: JsonObject) => boolean): Peer['breaks'] =>
  () =>
  (request, next) => {
    if (!operationsOf(request).some(is)) return next(request)
    const kept = withOperations(request, all => all.filter(one => !is(one)))
    return next(operationsOf(kept).length > 0 ? kept : reading(request, pathOf(request)))
  }

const isManager = ({ path }: JsonObject): boolean => /(^|:)manager$/.test(`${path}`)
const isManagerAsText = (one: JsonObject): boolean =>
  isManager(one) && typeof one.value === 'string' && one.value !== ''
const clearsManager = (one: JsonObject): boolean => isManager(one) && (one.value ?? '') === ''
const isNewPhone = ({ op, path }: JsonObject): boolean =>
  /^add$/i.test(`${op}`) && `${path}`.startsWith('phoneNumbers[')
const isActiveAsText = ({ path, value }: JsonObject): boolean =>
  path === 'active' && typeof value === 'string'

/** Groups keep deleted users as members until a client removes them. */
const keepsDeletedMembers: Peer['breaks'] = () => {
  const left = new Map<string, Set<string>>()
  const withLeft = (group: JsonObject): JsonObject => {
    const gone = [...(left.get(`${group.id}`) ?? [])].map(value => ({ value }))
    return gone.length === 0 ? group : { ...group, members: [...objectsIn(group.members), ...gone] }
  }
  return async (request, next) => {
    const [, type, id = ''] = /^\/(Users|Groups)(?:\/([^/?]+))?/.exec(request.target) ?? []
    if (request.method === 'DELETE' && type === 'Users') {
      const filter = encodeURIComponent(`members.value eq "${id}"`)
      const groups = objectsIn(objectIn(await next(reading(request, `/Groups?filter=${filter}`))).Resources)
      for (const group of groups)
        left.set(`${group.id}`, (left.get(`${group.id}`) ?? new Set<string>()).add(id))
    }
    const response = await next(request)
    const isHidden = queryOf(request).get('excludedAttributes') === 'members'
    return request.method === 'GET' && type === 'Groups' && response.status === 200 && !isHidden
      ? withBody(response, eachResource(objectIn(response), withLeft))
      : response
  }
}

/** A user whose manager was cleared is returned with a manager without an ID. */
const leavesEmptyManagers: Break = async (request, next) => {
  const response = await next(request)
  if (request.method !== 'GET' || !request.target.startsWith('/Users') || response.status !== 200)
    return response
  const shown = eachResource(objectIn(response), user => {
    const extension = user[enterpriseUrn]
    if (user.nickName !== emptied) return user
    const values = isObject(extension) ? extension : {}
    return { ...user, [enterpriseUrn]: { manager: { value: '' }, ...values } }
  })
  return withBody(response, shown)
}

const emptied = 'has no manager'

/** An object as manager is stored incorrectly: the department is lost, and no manager is set. */
const losesDepartment = (one: JsonObject): JsonObject =>
  isManager(one) && isObject(one.value as Json) && (one.value as JsonObject).value !== ''
    ? { op: 'remove', path: `${enterpriseUrn}:department` }
    : one

/** Deviations that affect a job of Entra ID. */
export const entraPeers: readonly Peer[] = [
  {
    id: 'passes-over-texts-for-booleans',
    description: 'PATCH ignores active as a string, and returns success.',
    breaks: ignores(isActiveAsText),
  },
  {
    id: 'refuses-texts-for-booleans',
    description: 'PATCH rejects active as a string.',
    breaks: rejects(isActiveAsText, 'active is a boolean.'),
  },
  {
    id: 'refuses-manager-texts',
    description: 'PATCH rejects a manager as a string.',
    breaks: rejects(isManagerAsText, 'manager is complex.'),
  },
  {
    id: 'misfiles-manager-objects',
    description:
      'PATCH with a manager as an object sets no manager and removes the department; a string works.',
    breaks: operation(losesDepartment),
  },
  {
    id: 'refuses-new-phones',
    description: 'PATCH rejects adding a phone number by its type.',
    breaks: rejects(isNewPhone, 'There is no such phone number.'),
  },
  {
    id: 'passes-over-new-phones',
    description: 'PATCH ignores the addition of a phone number by its type, and returns success.',
    breaks: ignores(isNewPhone),
  },
  {
    id: 'empties-groups',
    description: 'Removing a member by a value removes all members.',
    breaks: operation(one =>
      /^remove$/i.test(`${one.op}`) && one.path === 'members' ? without(one, 'value') : one,
    ),
  },
  {
    id: 'keeps-deleted-members',
    description: 'Groups keep deleted users as members.',
    breaks: keepsDeletedMembers,
  },
  {
    id: 'keeps-managers',
    description: 'PATCH ignores an empty string as manager.',
    breaks: ignores(clearsManager),
  },
  {
    id: 'leaves-empty-managers',
    description: 'Clearing a manager leaves an object with an empty value.',
    breaks: () => (request, next) => {
      // The mark is stored with the user, so that the peer needs no state.
      const marked = withOperations(request, all =>
        all.flatMap(one => [
          one,
          ...(clearsManager(one) ? [{ op: 'add', path: 'nickName', value: emptied }] : []),
        ]),
      )
      return leavesEmptyManagers(marked, next)
    },
  },
  {
    id: 'refuses-variants',
    description:
      'The server rejects a new user with active as a string or with an unknown extension, and a filter by externalId.',
    breaks: responds(request => {
      const { active, ...others } = request.method === 'POST' ? objectIn(request) : {}
      const isUnknown = Object.keys(others).some(name => /^urn:/.test(name) && name !== enterpriseUrn)
      const isRefused = /^externalId/.test(queryOf(request).get('filter') ?? '')
      return typeof active === 'string' || isUnknown || isRefused
        ? error(400, 'No.', 'invalidValue')
        : undefined
    }),
  },
]
