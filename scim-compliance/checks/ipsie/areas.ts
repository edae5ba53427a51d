import type { Check, CheckContext, CreatedResource, DraftRule } from '../../check.ts'
import { expectStatus } from '../../expect.ts'
import { over } from '../forms.ts'
import { defineDraftArea } from '../steps/draft-areas.ts'
import { expectFound, requestList } from '../steps/lists.ts'

const areaOf = (
  assurance: NonNullable<DraftRule['assurance']>,
  ...area: Parameters<ReturnType<typeof defineDraftArea>>
) =>
  defineDraftArea('ipsie', {
    draft: 'ipsie-al-scim-profile-1_0',
    version: '00',
    date: '2026-09',
    url: 'https://openid.net/specs/ipsie-al-scim-profile-1_0.html',
    assurance,
  })(...area)

export const authorizationCheck = areaOf('all', 'authorization', 'All levels: authorization')
export const serviceCheck = areaOf('all', 'service', 'All levels: service')
export const loadCheck = areaOf('all', 'load', 'All levels: load', ['load', 'users'])
export const deprovisioningCheck = areaOf(
  'AL1',
  'deprovisioning',
  'AL1: deprovisioning',
  ['write', 'users'],
  ['probe/create'],
)
export const usersCheck = areaOf('AL2', 'users', 'AL2: users', ['write', 'users'], ['probe/create'])
export const groupsCheck = areaOf('AL2', 'groups', 'AL2: groups', ['write', 'groups'])

export const quoted = (text: unknown): string => JSON.stringify(text)

type Filter = (made: CreatedResource, unused: string) => string

/** By a value of the resource, and by one that none has. */
export const byOwn = (name: string): readonly [Filter, Filter] => [
  ({ sent }) => `${name} eq ${quoted(sent[name])}`,
  (_, unused) => `${name} eq ${quoted(unused)}`,
]

/**
 * Searches that a server has to accept, by label: the first filter finds only the resource that it is made of, the second one
 * neither that nor another.
 */
export const finds = (
  of: 'users' | 'groups',
  create: (context: CheckContext) => Promise<CreatedResource>,
  searches: Readonly<Record<string, readonly [hit: Filter, miss: Filter]>>,
) =>
  over(searches, ([hit, miss]): Check['run'] => async context => {
    const made = await create(context)
    const other = await create(context)
    const type = context[of]
    const found = hit(made, context.unique())
    expectStatus(await requestList(context, type, { filter: found }), 200)
    await expectFound(context, type, found, [made], [other])
    await expectFound(context, type, miss(made, context.unique()), [], [made, other])
  })
