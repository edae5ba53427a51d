import type {
  CheckContext,
  CreatedResource,
  Need,
  ProbeName,
  ProbeVerdict,
  ScimResponse,
  SupportedAttribute,
  SupportedType,
} from '../check.ts'
import { attributePlaces, createFilled, placeValues } from '../checks/steps/attribute-places.ts'
import { findAttribute, isReturned, textAttributeName, valueIn } from '../checks/steps/attributes.ts'
import { Failure, isSuccess, Skip, skip } from '../expect.ts'
import { joinWords } from '../grade/join-words.ts'
import { compact, isObject, type JsonObject } from '../scim.ts'
import { creators } from './needs.ts'
import { createCheckSession, type RunContext } from './stage.ts'

type Found = {
  readonly holds: boolean
  readonly says: string
  readonly kind?: string
  readonly values?: readonly string[]
  readonly response?: ScimResponse
}

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
  isObject(body) && Array.isArray(body.Resources)
    ? body.Resources.filter(isObject).map(({ id }) => String(id))
    : []

const answer = ({ status }: ScimResponse): string => `the server returns ${status}`

/** Which of two users a filter returns, a few times: lists may lag behind. */
async function foundBy(context: CheckContext, filter: string, wanted: string) {
  let response = await context.get(filterPath(context.users, filter))
  if (response.status === 200 && !idsIn(response).includes(wanted))
    await context.eventually(async () => {
      response = await context.get(filterPath(context.users, filter))
      return idsIn(response).includes(wanted)
    })
  return { response, ids: idsIn(response) }
}

const isKept = (attribute: SupportedAttribute): boolean =>
  attribute.mutability === 'readWrite' && isReturned(attribute)

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
  const found = findAttribute(type, name)
  return found !== undefined && isKept(found) && !found.multiValued && found.type === 'string'
}

/** The attributes by which a filter returns only this user. */
async function filterableNames(context: CheckContext, { id, sent }: CreatedResource) {
  const found: string[] = []
  for (const name of filterable.filter(one => sent[one] !== undefined)) {
    const response = await context.get(filterPath(context.users, `${name} eq ${JSON.stringify(sent[name])}`))
    const ids = idsIn(response)
    if (response.status === 200 && ids.length === 1 && ids[0] === id) found.push(name)
  }
  return [...found, 'userName']
}

/** Attributes that are advertised as writable and returned, and aren't returned by GET after they were sent: `User.title`. */
async function lostOf(
  context: CheckContext,
  type: SupportedType,
): Promise<{ lost: readonly string[]; response?: ScimResponse }> {
  const filled = await createFilled(context, type)
  const kept = new Set<string>()
  const sent = new Set<string>()
  let response: ScimResponse | undefined
  for (const one of filled) {
    const read = await context.get(one.path)
    if (!isSuccess(read)) continue
    response ??= read
    for (const place of attributePlaces(type)) {
      const { attribute, above, path } = place
      if (!isKept(attribute) || (above && !isKept(above))) continue
      if (placeValues(one.sent, place).length === 0) continue
      sent.add(path)
      if (placeValues(read.body, place).length > 0) kept.add(path)
    }
  }
  const isWithin = (schema: string) => (path: string) => path.startsWith(`${schema}:`)
  // Managers aren't sent, since these refer to users: they are lost with the whole extension.
  const others = type.extensions
    .filter(({ schema }) => [...sent].some(isWithin(schema)) && ![...kept].some(isWithin(schema)))
    .flatMap(({ schema, attributes }) => attributes.map(({ name }) => `${schema}:${name}`))
  const lost = new Set([...[...sent].filter(path => !kept.has(path)), ...others])
  return { lost: [...lost].map(path => `${type.name}.${path}`), ...compact({ response }) }
}

/** Without sub-attributes of attributes that are listed, and without the name of the type. */
const outermost = (paths: readonly string[]): readonly string[] => [
  ...new Set(
    paths
      .filter(path => !paths.some(other => path.startsWith(`${other}.`)))
      .map(path => path.replace(/^\w+\./, '')),
  ),
]

const definitions: Readonly<Record<ProbeName, Definition>> = {
  /** Which attributes are stored at all. */
  'probe/stored': {
    needs: writes,
    reportedBy: {
      rfc: 'rfc/advertised/writable',
      entra: 'entra/create/keeps-the-mapping',
      okta: 'okta/create/keeps-the-profile',
      aws: 'aws/users/put-replaces-all',
    },
    ask: async context => {
      const users = await lostOf(context, context.users)
      const group = context.types.find(({ endpoint }) => /^\/groups$/i.test(endpoint))
      const groups = group ? await lostOf(context, group).catch(ifSkipped({ lost: [] })) : { lost: [] }
      const lost = [...users.lost, ...groups.lost]
      return {
        holds: lost.length === 0,
        says:
          lost.length === 0
            ? 'every writable attribute is stored'
            : `the server doesn’t store ${joinWords(outermost(lost))}`,
        values: lost,
        ...compact({ response: users.response }),
      }
    },
  },
  /** A stored optional string. */
  'probe/text': {
    needs: writes,
    reportedBy: { rfc: 'rfc/advertised/writable' },
    ask: async context => {
      const text = await Promise.resolve()
        .then(() => textAttributeName(context.users))
        .catch(ifSkipped(undefined))
      return {
        holds: text !== undefined,
        says: text === undefined ? 'no optional string of users is stored' : `${text} is stored`,
        values: text === undefined ? [] : [text],
      }
    },
  },
  /** Any 2xx with an id is a creation. */
  'probe/create': {
    needs: writes,
    reportedBy: {
      rfc: creators.rfc.users,
      entra: creators.entra.users,
      aws: creators.aws.users,
      okta: creators.okta.users,
    },
    ask: async context => {
      const response = await context.post(context.users.endpoint, context.sample(context.users))
      const holds = isSuccess(response) && valueIn(response.body, 'id') !== undefined
      return {
        holds,
        says: holds ? 'users can be created' : `no user can be created, since ${answer(response)}`,
        response,
      }
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
    },
    ask: async context => {
      const { sent } = await context.create(context.users)
      const other = context.sample(context.users, { userName: sent.userName ?? null })
      const response = await context.post(context.users.endpoint, other)
      context.removeAfterwards(context.users, response)
      const holds = response.status >= 400 && response.status < 500
      return {
        holds,
        says: holds ? 'a userName can’t be used twice' : `a userName can be used twice (${answer(response)})`,
        response,
      }
    },
  },
  /** A filter that narrows a list. */
  'probe/filter': {
    needs: [...writes, 'filter'],
    reportedBy: {
      rfc: 'rfc/filter/eq-string',
      entra: 'entra/look-up/by-user-name',
      aws: 'aws/filters/user-name',
      okta: 'okta/look-up/by-user-name',
    },
    reportedByKind: {
      ignored: {
        rfc: 'rfc/filter/eq-string',
        entra: 'entra/look-up/only-the-match',
        aws: 'aws/filters/user-name',
        okta: 'okta/look-up/by-user-name',
      },
    },
    ask: async context => {
      const [user, other] = [await createFilterable(context), await context.create(context.users)]
      const { response, ids } = await foundBy(
        context,
        `userName eq ${JSON.stringify(user.sent.userName)}`,
        user.id,
      )
      const isIgnored = ids.includes(other.id) || ids.length > 1
      const holds = response.status === 200 && ids.includes(user.id) && !isIgnored
      return {
        holds,
        kind: holds ? 'yes' : isIgnored ? 'ignored' : 'none',
        says: holds
          ? 'a filter by userName returns only the match'
          : isIgnored
            ? 'a filter by userName returns other users, too'
            : `a filter by userName doesn’t find the user (${answer(response)})`,
        values: holds ? await filterableNames(context, user) : [],
        response,
      }
    },
  },
  /** What a search by userName compares: userName, the email address, or both. */
  'probe/match': {
    needs: [...writes, 'filter'],
    reportedBy: {
      rfc: 'rfc/filter/eq-string',
      entra: 'entra/look-up/by-user-name',
      okta: 'okta/look-up/by-user-name',
    },
    ask: async context => {
      const email = `${context.unique()}@example.com`
      const user = await context.create(context.users, {
        emails: [{ type: 'work', value: email, primary: true }],
      })
      const byName = await foundBy(context, `userName eq ${JSON.stringify(user.sent.userName)}`, user.id)
      const byEmail = await context.get(filterPath(context.users, `userName eq "${email}"`))
      const [name, address] = [byName.ids.includes(user.id), idsIn(byEmail).includes(user.id)]
      const kind = name && address ? 'both' : name ? 'userName' : address ? 'email' : 'none'
      return {
        holds: kind === 'userName',
        kind,
        says: `a search by userName compares ${kind === 'both' ? 'userName and the email address' : kind === 'none' ? 'neither userName nor the email address' : kind === 'email' ? 'the email address' : 'userName'}`,
        response: byEmail,
      }
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
  /** Filters that can't be parsed are rejected. */
  'probe/rejected-filter': {
    needs: ['users', 'filter'],
    reportedBy: { rfc: 'rfc/filter/not-ignored' },
    ask: async context => {
      const response = await context.get(filterPath(context.users, 'userName eq'))
      const holds = response.status >= 400 && response.status < 500
      return {
        holds,
        says: holds
          ? 'a malformed filter is rejected'
          : `a malformed filter isn’t rejected (${answer(response)})`,
        response,
      }
    },
  },
  /** PATCH changes a stored value. */
  'probe/patch': {
    needs: writes,
    reportedBy: {
      rfc: 'rfc/discovery/offers-patch',
      entra: 'entra/update/replace-displayName',
      okta: 'okta/deactivate/active-false',
      aws: 'aws/patch/op-in-any-case',
    },
    ask: async context => {
      const { path, sent } = await context.create(context.users)
      const changes: JsonObject[] = []
      const text = await Promise.resolve()
        .then(() => textAttributeName(context.users))
        .catch(ifSkipped(undefined))
      if (text !== undefined) changes.push({ op: 'replace', path: text, value: context.unique() })
      changes.push({ op: 'replace', path: 'active', value: false })
      changes.push({ op: 'replace', path: 'userName', value: `${String(sent.userName)}x` })
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
      const kind = last && isSuccess(last) ? 'without effect' : 'rejected'
      return {
        holds: false,
        kind,
        says:
          kind === 'rejected' && last
            ? `PATCH is rejected with ${last.status}`
            : 'PATCH reports success and changes nothing',
        ...compact({ response: last }),
      }
    },
  },
  /** PATCH isn't limited to a few attributes, such as active, with 405 or 501 for all others. */
  'probe/patch-attributes': {
    needs: [...writes, 'patch'],
    reportedBy: { entra: 'entra/update/replace-displayName' },
    ask: async context => {
      const { path } = await context.create(context.users)
      let last: ScimResponse | undefined
      for (const attribute of ['displayName', 'name.familyName']) {
        last = await context.patch(path, { op: 'replace', path: attribute, value: context.unique() })
        if (last.status !== 405 && last.status !== 501) break
      }
      const holds = last?.status !== 405 && last?.status !== 501
      return {
        holds,
        says: holds
          ? 'PATCH isn’t limited to a few attributes'
          : `PATCH of displayName and of name.familyName is rejected with ${last?.status}`,
        ...compact({ response: last }),
      }
    },
  },
  /** PATCH with an operation that doesn't exist, on an attribute that doesn't exist, is rejected. */
  'probe/patch-validated': {
    needs: [...writes, 'patch'],
    reportedBy: { rfc: 'rfc/patch/refuses-unknown-attribute' },
    ask: async context => {
      const { path } = await context.create(context.users)
      const response = await context.patch(path, { op: 'change', path: 'nonsuchAttribute', value: 'New' })
      return {
        holds: !isSuccess(response),
        says: isSuccess(response)
          ? 'PATCH isn’t validated: an unknown operation on an unknown attribute succeeds'
          : 'PATCH is validated',
        response,
      }
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
        await context.patch(group.path, { op: 'add', path: 'members', value: [{ value: user.id }] })
        response = await context.get(group.path)
      }
      const { members } = isObject(response.body) ? response.body : {}
      const isShown = Array.isArray(members) && members.some(one => isObject(one) && one.value === user.id)
      return {
        holds: isShown,
        kind: isShown ? 'yes' : 'hidden',
        says: isShown ? 'members of groups are returned' : 'the server doesn’t return the members of groups',
        response,
      }
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
  readonly known: (name: string) => ProbeVerdict | undefined
  readonly all: () => readonly ProbeVerdict[]
}

const attempts = 3

export function createProbes(current: () => RunContext): Probes {
  const asked = new Map<ProbeName, Promise<ProbeVerdict>>()
  const verdicts = new Map<ProbeName, ProbeVerdict>()
  const askOnce = async (name: ProbeName): Promise<ProbeVerdict> => {
    const run = current()
    const { needs, reportedBy, reportedByKind, ask } = definitions[name] ?? {
      needs: [],
      reportedBy: {},
      ask: undefined,
    }
    const unknown: ProbeVerdict = {
      name,
      holds: undefined,
      says: 'it couldn’t be asked',
      kind: 'unknown',
      values: [],
      reportedBy,
    }
    if (!ask || run.lacks({ id: name, suite: 'rfc', needs }) !== undefined) return unknown
    for (let attempt = 1; ; attempt++) {
      const { context, createdResources, sender } = createCheckSession(run)
      try {
        const { response, kind, values = [], ...found } = await ask(context)
        const isFault = sender.exchanges.some(
          number => (run.client.exchanges[number - 1]?.response?.status ?? 0) >= 500,
        )
        if (!found.holds && isFault && attempt < attempts) continue
        const which = kind ?? (found.holds ? 'yes' : 'no')
        return {
          name,
          ...found,
          kind: which,
          values,
          reportedBy: reportedByKind?.[which] ?? reportedBy,
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
  const ask: Probes['ask'] = name => {
    const found = asked.get(name) ?? askAndKeep(name)
    asked.set(name, found)
    return found
  }
  return {
    ask,
    known: name => (isProbe(name) ? verdicts.get(name) : undefined),
    all: () => [...verdicts.values()],
  }
}

/** The types with `stored: false` on the attributes that probe/stored lists. */
export function withStored(
  types: readonly SupportedType[],
  lost: readonly string[],
): readonly SupportedType[] {
  const flag = (attributes: SupportedType['attributes'], above: string): SupportedType['attributes'] =>
    attributes.map(attribute => {
      const path = `${above}${attribute.name}`
      return {
        ...attribute,
        subAttributes: flag(attribute.subAttributes, `${path}.`),
        ...(lost.includes(path) && { stored: false }),
      }
    })
  return types.map(type => ({
    ...type,
    attributes: flag(type.attributes, `${type.name}.`),
    extensions: type.extensions.map(one => ({
      ...one,
      attributes: flag(one.attributes, `${type.name}.${one.schema}:`),
    })),
  }))
}
