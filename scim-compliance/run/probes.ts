import type {
  CheckContext,
  CreatedResource,
  Need,
  ProbeName,
  ProbeVerdict,
  ScimResponse,
  SupportedType,
} from '../check.ts'
import { findAttribute, isKept, objectsIn, textAttributeName, valueIn } from '../checks/steps/attributes.ts'
import { largePages } from '../checks/steps/list-fixtures.ts'
import { readUntil } from '../checks/steps/lists.ts'
import { add, replace } from '../checks/steps/patches.ts'
import { Failure, isSuccess, Skip, skip, statusClass } from '../expect.ts'
import { joinWords } from '../grade/join-words.ts'
import { compact, isObject } from '../scim.ts'
import { creators } from './needs.ts'
import { createCheckSession, type RunContext } from './stage.ts'
import { lostOf, outermost } from './stored.ts'

type Found = Pick<ProbeVerdict, 'says'> &
  Partial<Pick<ProbeVerdict, 'kind' | 'values'>> & {
    readonly holds: boolean
    readonly response?: ScimResponse
  }

/** The finding if it holds, and if it doesn't. */
const found = (holds: boolean, [yes, no]: readonly [string, string], response: ScimResponse): Found => ({
  holds,
  says: holds ? yes : no,
  response,
})

type Definition = {
  readonly needs: readonly Need[]
  readonly reportedBy: ProbeVerdict['reportedBy']
  /** Another check reports this kind. */
  readonly reportedByKind?: Readonly<Record<string, ProbeVerdict['reportedBy']>>
  readonly ask: (context: CheckContext) => Promise<Found>
}

const writes = ['write', 'users'] as const

const filterPath = ({ endpoint }: SupportedType, filter: string): string =>
  `${endpoint}?filter=${encodeURIComponent(filter)}`

const idsIn = ({ body }: ScimResponse): readonly string[] =>
  (isObject(body) ? objectsIn(body.Resources) : []).map(({ id }) => String(id))

const isRejected = ({ status }: ScimResponse): boolean => statusClass(status) === '4xx'

const answer = ({ status }: ScimResponse): string => `the server returns ${status}`

/** The users that a filter returns, repeated while it succeeds without the one with this name. */
async function foundBy(context: CheckContext, { id, sent }: CreatedResource) {
  const response = await readUntil(
    context,
    () => context.get(filterPath(context.users, `userName eq ${JSON.stringify(sent.userName)}`)),
    seen => seen.status !== 200 || idsIn(seen).includes(id),
  )
  return { response, ids: idsIn(response) }
}

const filterable = ['title', 'nickName', 'displayName', 'externalId'] as const

/** A user with a unique value in each attribute that filters may support; only a userName if the server rejects that. */
async function createFilterable(context: CheckContext): Promise<CreatedResource> {
  const names = filterable.filter(name => name === 'externalId' || isOwnText(context.users, name))
  const values = Object.fromEntries(names.map(name => [name, context.unique()] as const))
  return context.create(context.users, values).catch(async (error: unknown) => {
    if (error instanceof Skip || error instanceof Failure) return context.create(context.users)
    throw error
  })
}

const isOwnText = (type: SupportedType, name: string): boolean => {
  const attribute = findAttribute(type, name)
  return attribute?.type === 'string' && isKept(attribute) && !attribute.multiValued
}

/** The attributes by which a filter returns only this user. */
async function filterableNames(context: CheckContext, { id, sent }: CreatedResource) {
  const names: string[] = []
  for (const name of filterable.filter(one => sent[one] !== undefined)) {
    const response = await context.get(filterPath(context.users, `${name} eq ${JSON.stringify(sent[name])}`))
    const ids = idsIn(response)
    if (response.status === 200 && ids.length === 1 && ids[0] === id) names.push(name)
  }
  return [...names, 'userName']
}

/** An optional string of users that is stored. */
const storedText = async ({ users }: CheckContext): Promise<string | undefined> => {
  try {
    return textAttributeName(users)
  } catch (error) {
    return ifSkipped(undefined)(error)
  }
}

const byFilter = {
  rfc: 'rfc/filter/eq-string',
  entra: 'entra/look-up/by-user-name',
  aws: 'aws/filters/user-name',
  okta: 'okta/look-up/by-user-name',
  ipsie: 'ipsie/deprovisioning/find-by-name',
  interop: 'interop/filter/eq-users',
}

const definitions: Readonly<Record<ProbeName, Definition>> = {
  'probe/stored': {
    needs: writes,
    reportedBy: {
      rfc: 'rfc/advertised/writable',
      entra: 'entra/create/keeps-the-mapping',
      okta: 'okta/create/keeps-the-profile',
      aws: 'aws/users/put-replaces-all',
      interop: 'interop/schemas/stored',
    },
    ask: async context => {
      const users = await lostOf(context, context.users)
      const group = context.types.find(({ endpoint }) => /^\/groups$/i.test(endpoint))
      const groups = group ? await lostOf(context, group).catch(ifSkipped({ lost: [] })) : { lost: [] }
      const lost = [...users.lost, ...groups.lost]
      const holds = lost.length === 0
      const says = holds
        ? 'every writable attribute is stored'
        : `the server doesn’t store ${joinWords(outermost(lost))}`
      return { holds, says, values: lost, ...compact({ response: users.response }) }
    },
  },
  'probe/text': {
    needs: writes,
    reportedBy: { rfc: 'rfc/advertised/writable' },
    ask: async context => {
      const text = await storedText(context)
      return text === undefined
        ? { holds: false, says: 'no optional string of users is stored' }
        : { holds: true, says: `${text} is stored`, values: [text] }
    },
  },
  /** Any 2xx with an id is a creation. */
  'probe/create': {
    needs: writes,
    reportedBy: Object.fromEntries(Object.entries(creators).map(([suite, { users }]) => [suite, users])),
    ask: async context => {
      const response = await context.post(context.users.endpoint, context.sample(context.users))
      const holds = isSuccess(response) && valueIn(response.body, 'id') !== undefined
      const none = `no user can be created, since ${answer(response)}`
      return found(holds, ['users can be created', none], response)
    },
  },
  /** A duplicate is rejected with any 4xx. The email addresses differ: some servers compare these. */
  'probe/conflict': {
    needs: writes,
    reportedBy: {
      rfc: 'rfc/user/name-unique',
      entra: 'entra/create/twice-is-409',
      aws: 'aws/users/user-name-is-unique',
      okta: 'okta/create/twice-is-409',
      interop: 'interop/uniqueness/create',
    },
    ask: async context => {
      const { sent } = await context.create(context.users)
      const other = context.sample(context.users, { userName: sent.userName ?? null })
      const response = await context.post(context.users.endpoint, other)
      context.removeAfterwards(context.users, response)
      const twice = `a userName can be used twice (${answer(response)})`
      return found(isRejected(response), ['a userName can’t be used twice', twice], response)
    },
  },
  'probe/filter': {
    needs: [...writes, 'filter'],
    reportedBy: byFilter,
    reportedByKind: { ignored: { ...byFilter, entra: 'entra/look-up/only-the-match' } },
    ask: async context => {
      const [user, other] = [await createFilterable(context), await context.create(context.users)]
      const { response, ids } = await foundBy(context, user)
      const isIgnored = ids.includes(other.id) || ids.length > 1
      const holds = response.status === 200 && ids.includes(user.id) && !isIgnored
      if (holds) {
        const values = await filterableNames(context, user)
        return { holds, says: 'a filter by userName returns only the match', values, response }
      }
      return isIgnored
        ? { holds, kind: 'ignored', says: 'a filter by userName returns other users, too', response }
        : {
            holds,
            kind: 'none',
            says: `a filter by userName doesn’t find the user (${answer(response)})`,
            response,
          }
    },
  },
  /** What a search by userName compares: userName, the email address, or both. */
  'probe/match': {
    needs: [...writes, 'filter'],
    reportedBy: { rfc: byFilter.rfc, entra: byFilter.entra, okta: byFilter.okta },
    ask: async context => {
      const email = `${context.unique()}@example.com`
      const emails = [{ type: 'work', value: email, primary: true }]
      const user = await context.create(context.users, { emails })
      const byName = await foundBy(context, user)
      const byEmail = await context.get(filterPath(context.users, `userName eq "${email}"`))
      const [name, address] = [byName.ids.includes(user.id), idsIn(byEmail).includes(user.id)]
      const kind = name && address ? 'both' : name ? 'userName' : address ? 'email' : 'none'
      const compared = {
        both: 'userName and the email address',
        userName: 'userName',
        email: 'the email address',
        none: 'neither userName nor the email address',
      }
      const says = `a search by userName compares ${compared[kind]}`
      return { holds: kind === 'userName', kind, says, response: byEmail }
    },
  },
  /** Invalid requests don't return 422, as they do by default in some frameworks. */
  'probe/invalid-is-400': {
    needs: writes,
    reportedBy: { rfc: 'rfc/user/name-required' },
    ask: async context => {
      const { userName: _, ...body } = context.sample(context.users)
      const response = await context.post(context.users.endpoint, body)
      const holds = response.status !== 422
      return { holds, says: `without userName, ${answer(response)}`, response }
    },
  },
  'probe/rejected-filter': {
    needs: ['users', 'filter'],
    reportedBy: { rfc: 'rfc/filter/not-ignored' },
    ask: async context => {
      const response = await context.get(filterPath(context.users, 'userName eq'))
      const accepted = `a malformed filter isn’t rejected (${answer(response)})`
      return found(isRejected(response), ['a malformed filter is rejected', accepted], response)
    },
  },
  'probe/patch': {
    needs: writes,
    reportedBy: {
      rfc: 'rfc/discovery/offers-patch',
      entra: 'entra/update/replace-displayName',
      okta: 'okta/deactivate/active-false',
      ipsie: 'ipsie/deprovisioning/deactivate',
      aws: 'aws/patch/op-in-any-case',
      interop: 'interop/patch/supported',
    },
    ask: async context => {
      const { path, sent } = await context.create(context.users)
      const text = await storedText(context)
      const changes = [
        ...(text === undefined ? [] : [replace(text, context.unique())]),
        replace('active', false),
        replace('userName', `${String(sent.userName)}x`),
      ]
      let last: ScimResponse | undefined
      // A server that changes one attribute has PATCH; others are the subject of their checks.
      for (const change of changes)
        for (const operation of [change, { ...change, op: 'Replace' }]) {
          last = await context.patch(path, operation)
          if (!isSuccess(last)) continue
          const read = await context.get(path)
          if (!isSuccess(read)) skip('The user can’t be read.')
          if (valueIn(read.body, String(change.path)) === change.value)
            return { holds: true, says: 'PATCH changes users', response: last }
        }
      const isTaken = last === undefined || isSuccess(last)
      const says = isTaken
        ? 'PATCH reports success and changes nothing'
        : `PATCH is rejected with ${last?.status}`
      const kind = isTaken ? 'without effect' : 'rejected'
      return { holds: false, kind, says, ...compact({ response: last }) }
    },
  },
  /** PATCH isn't limited to a few attributes, such as active, with 405 or 501 for all others. */
  'probe/patch-attributes': {
    needs: [...writes, 'patch'],
    reportedBy: { entra: 'entra/update/replace-displayName' },
    ask: async context => {
      const { path } = await context.create(context.users)
      const patchOf = (attribute: string) => context.patch(path, replace(attribute, context.unique()))
      const isLimited = ({ status }: ScimResponse) => status === 405 || status === 501
      const first = await patchOf('displayName')
      const last = isLimited(first) ? await patchOf('name.familyName') : first
      const limited = `PATCH of displayName and of name.familyName is rejected with ${last.status}`
      return found(!isLimited(last), ['PATCH isn’t limited to a few attributes', limited], last)
    },
  },
  /** PATCH with an operation that doesn't exist, on an attribute that doesn't exist, is rejected. */
  'probe/patch-validated': {
    needs: [...writes, 'patch'],
    reportedBy: { rfc: 'rfc/patch/refuses-unknown-attribute' },
    ask: async context => {
      const { path } = await context.create(context.users)
      const response = await context.patch(path, { op: 'change', path: 'nonsuchAttribute', value: 'New' })
      const unchecked = 'PATCH isn’t validated: an unknown operation on an unknown attribute succeeds'
      return found(!isSuccess(response), ['PATCH is validated', unchecked], response)
    },
  },
  /** Members of a group are returned. `hidden`: Entra never reads them, so nothing follows for it. */
  'probe/members': {
    needs: [...writes, 'groups'],
    reportedBy: { rfc: 'rfc/group/members-kept', aws: 'aws/groups/create-with-members' },
    ask: async context => {
      const user = await context.create(context.users)
      const group = await context.create(context.groups, { members: [{ value: user.id }] })
      let response = await context.get(group.path)
      if (!/"members"/.test(response.text)) {
        // Some servers take members only by PATCH.
        await context.patch(group.path, add('members', [{ value: user.id }]))
        response = await context.get(group.path)
      }
      const { members } = isObject(response.body) ? response.body : {}
      const isShown = objectsIn(members).some(({ value }) => value === user.id)
      const says = [
        'members of groups are returned',
        'the server doesn’t return the members of groups',
      ] as const
      return { ...found(isShown, says, response), kind: isShown ? 'yes' : 'hidden' }
    },
  },
  /** `values`: \`count\` if count=100 returns fewer of 101 users, \`default\` if a list without count does. */
  'probe/large-pages': {
    needs: writes,
    reportedBy: { interop: 'interop/paging/count-100' },
    ask: async context => {
      const { asked, usual } = await largePages(context)
      const values = [...(asked.size < 100 ? ['count'] : []), ...(usual.size < 100 ? ['default'] : [])]
      const says = `count=100 returns ${asked.size} of at least 101 users, and a list without count ${usual.size}`
      const { response } = asked.size < 100 ? asked : usual
      return { holds: values.length === 0, says, values, response }
    },
  },
  /** A redirect ends the run before the first check (nothing-to-grade.ts): it holds wherever it can be asked. */
  'probe/redirect': {
    needs: [],
    reportedBy: {},
    ask: async () => ({ holds: true, says: 'no resource endpoint redirects' }),
  },
}

const ifSkipped =
  <Value>(value: Value) =>
  (error: unknown): Value => {
    if (error instanceof Skip) return value
    throw error
  }

export const isProbe = (name: string): name is ProbeName => name.startsWith('probe/')

export const probeNames = Object.keys(definitions) as readonly ProbeName[]

export type Probes = {
  /** Asked once; never rejects. */
  readonly ask: (name: ProbeName) => Promise<ProbeVerdict>
  /** The verdict, if it was asked and is there. */
  readonly known: (name: ProbeName) => ProbeVerdict | undefined
  readonly all: () => readonly ProbeVerdict[]
}

const attempts = 3

export function createProbes(current: () => RunContext): Probes {
  const asked = new Map<ProbeName, Promise<ProbeVerdict>>()
  const verdicts = new Map<ProbeName, ProbeVerdict>()
  const askOnce = async (name: ProbeName): Promise<ProbeVerdict> => {
    const run = current()
    const probe = definitions[name]
    const { reportedBy = {}, reportedByKind } = probe ?? {}
    const unasked = { holds: undefined, says: 'it couldn’t be asked', kind: 'unknown' } as const
    const unknown: ProbeVerdict = { name, ...unasked, values: [], reportedBy }
    if (!probe || run.lacks({ id: name, suite: 'rfc', needs: probe.needs }) !== undefined) return unknown
    for (let attempt = 1; ; attempt++) {
      const { context, createdResources, sender } = createCheckSession(run)
      try {
        const { holds, says, response, values = [], kind = holds ? 'yes' : 'no' } = await probe.ask(context)
        const statuses = sender.exchanges.map(number => run.client.exchanges[number - 1]?.response?.status)
        if (!holds && attempt < attempts && statuses.some((status = 0) => status >= 500)) continue
        const reporters = reportedByKind?.[kind] ?? reportedBy
        return {
          name,
          holds,
          says,
          kind,
          values,
          reportedBy: reporters,
          ...compact({ exchange: response?.exchange }),
        }
      } catch (error) {
        if (!(error instanceof Failure) || attempt >= attempts) return unknown
      } finally {
        await sender.end()
        run.left.push(...(await createdResources.remove()))
      }
    }
  }
  const askAndKeep = async (name: ProbeName): Promise<ProbeVerdict> => {
    const verdict = await askOnce(name)
    verdicts.set(name, verdict)
    return verdict
  }
  return {
    ask: name => {
      const verdict = asked.get(name) ?? askAndKeep(name)
      asked.set(name, verdict)
      return verdict
    },
    known: name => verdicts.get(name),
    all: () => [...verdicts.values()],
  }
}
