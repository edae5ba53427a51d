import { enterpriseUrn, isObject, type Json, type JsonObject } from '../../../scim-compliance/scim.ts'
import {
  type Asked,
  type Break,
  error,
  objectIn,
  objectsIn,
  pathOf,
  queryOf,
  reading,
  withBody,
} from '../mutants/break.ts'
import { eachResource, insteadOf, operation, withOperations, without } from '../mutants/breaks.ts'
import type { Peer } from './peer.ts'

const operationsOf = (asked: Asked): readonly JsonObject[] =>
  asked.method === 'PATCH' ? objectsIn(objectIn(asked).Operations) : []

/** Refuses a PATCH that has such an operation. */
const refuses = (is: (operation: JsonObject) => boolean, detail: string): Peer['breaks'] =>
  insteadOf(asked => (operationsOf(asked).some(is) ? error(400, detail, 'invalidValue') : undefined))

/** Passes over such operations, and answers with success. */
const passesOver =
  (is: (operation: JsonObject) => boolean): Peer['breaks'] =>
  () =>
  (asked, next) => {
    if (!operationsOf(asked).some(is)) return next(asked)
    const kept = withOperations(asked, all => all.filter(one => !is(one)))
    return next(operationsOf(kept).length > 0 ? kept : reading(asked, pathOf(asked)))
  }

const isManager = ({ path }: JsonObject): boolean => /(^|:)manager$/.test(`${path}`)
const isManagerAsText = (one: JsonObject): boolean =>
  isManager(one) && typeof one.value === 'string' && one.value !== ''
const clearsManager = (one: JsonObject): boolean => isManager(one) && (one.value ?? '') === ''
const isNewPhone = ({ op, path }: JsonObject): boolean =>
  /^add$/i.test(`${op}`) && `${path}`.startsWith('phoneNumbers[')
const isActiveAsText = ({ path, value }: JsonObject): boolean =>
  path === 'active' && typeof value === 'string'

/** A deleted user stays in the list of each group that had them, until somebody removes them. */
const keepsDeletedMembers: Peer['breaks'] = () => {
  const left = new Map<string, Set<string>>()
  const withLeft = (group: JsonObject): JsonObject => {
    const gone = [...(left.get(`${group.id}`) ?? [])].map(value => ({ value }))
    return gone.length === 0 ? group : { ...group, members: [...objectsIn(group.members), ...gone] }
  }
  return async (asked, next) => {
    const [, type, id = ''] = /^\/(Users|Groups)(?:\/([^/?]+))?/.exec(asked.target) ?? []
    if (asked.method === 'DELETE' && type === 'Users') {
      const filter = encodeURIComponent(`members.value eq "${id}"`)
      const groups = objectsIn(objectIn(await next(reading(asked, `/Groups?filter=${filter}`))).Resources)
      for (const group of groups)
        left.set(`${group.id}`, (left.get(`${group.id}`) ?? new Set<string>()).add(id))
    }
    const answer = await next(asked)
    const isHidden = queryOf(asked).get('excludedAttributes') === 'members'
    return asked.method === 'GET' && type === 'Groups' && answer.status === 200 && !isHidden
      ? withBody(answer, eachResource(objectIn(answer), withLeft))
      : answer
  }
}

/** Who had their manager taken away is shown with a manager without an id. */
const leavesEmptyManagers: Break = async (asked, next) => {
  const answer = await next(asked)
  if (asked.method !== 'GET' || !asked.target.startsWith('/Users') || answer.status !== 200) return answer
  const shown = eachResource(objectIn(answer), user => {
    const extension = user[enterpriseUrn]
    if (user.nickName !== emptied) return user
    const values = isObject(extension) ? extension : {}
    return { ...user, [enterpriseUrn]: { manager: { value: '' }, ...values } }
  })
  return withBody(answer, shown)
}

const emptied = 'has no manager any more'

/** An object for a manager goes to the wrong place: the department is lost, and no manager is set. */
const misfiles = (one: JsonObject): JsonObject =>
  isManager(one) && isObject(one.value as Json) && (one.value as JsonObject).value !== ''
    ? { op: 'remove', path: `${enterpriseUrn}:department` }
    : one

/** Habits that decide what becomes of a job of Entra ID. */
export const entraPeers: readonly Peer[] = [
  {
    id: 'passes-over-texts-for-booleans',
    description: 'active as a text is passed over in PATCH, and answered with success.',
    breaks: passesOver(isActiveAsText),
  },
  {
    id: 'refuses-texts-for-booleans',
    description: 'active as a text is refused in PATCH.',
    breaks: refuses(isActiveAsText, 'active is a boolean.'),
  },
  {
    id: 'refuses-manager-texts',
    description: 'A manager who is a text is refused in PATCH.',
    breaks: refuses(isManagerAsText, 'manager is complex.'),
  },
  {
    id: 'misfiles-manager-objects',
    description: 'A manager who is an object isn’t set, and takes the department away; a text is right.',
    breaks: operation(misfiles),
  },
  {
    id: 'refuses-new-phones',
    description: 'PATCH refuses to add a phone number by its type.',
    breaks: refuses(isNewPhone, 'There is no such phone number.'),
  },
  {
    id: 'passes-over-new-phones',
    description: 'PATCH doesn’t add a phone number by its type, and answers with success.',
    breaks: passesOver(isNewPhone),
  },
  {
    id: 'empties-groups',
    description: 'The removal of a member by a value removes all members.',
    breaks: operation(one =>
      /^remove$/i.test(`${one.op}`) && one.path === 'members' ? without(one, 'value') : one,
    ),
  },
  {
    id: 'keeps-deleted-members',
    description: 'Groups keep members who are deleted.',
    breaks: keepsDeletedMembers,
  },
  {
    id: 'keeps-managers',
    description: 'An empty text for a manager is passed over.',
    breaks: passesOver(clearsManager),
  },
  {
    id: 'leaves-empty-managers',
    description: 'A manager who is taken away leaves an object with an empty value.',
    breaks: () => (asked, next) => {
      // The mark is kept with the user, so that nothing has to be remembered here.
      const marked = withOperations(asked, all =>
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
      'A new user with active as a text or with an unknown extension is refused, and so is a filter by externalId.',
    breaks: insteadOf(asked => {
      const { active, ...others } = asked.method === 'POST' ? objectIn(asked) : {}
      const isUnknown = Object.keys(others).some(name => /^urn:/.test(name) && name !== enterpriseUrn)
      const isRefused = /^externalId/.test(queryOf(asked).get('filter') ?? '')
      return typeof active === 'string' || isUnknown || isRefused
        ? error(400, 'No.', 'invalidValue')
        : undefined
    }),
  },
]
