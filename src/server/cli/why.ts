import type { CausingRequest, MembershipPeriod, Why } from '../../domain/contract/why.ts'
import { findIdentity } from './find-identity.ts'
import { program } from './noun.ts'
import { tenant } from './options.ts'
import { formatTime, printable } from './output.ts'
import { resolveTenant, type Session } from './session.ts'
import { type Column, formatTable, type Layout } from './table.ts'

const requestColumns: readonly Column<CausingRequest>[] = [
  { name: 'time', of: ({ at }) => formatTime(at), shows: 'whole' },
  { name: 'effect', of: ({ effect }) => effect },
  { name: 'group', of: ({ group }) => group && (group.display ?? group.id) },
  { name: 'action', of: ({ action }) => action },
  { name: 'by', of: ({ source, accessKey }) => [source, accessKey].filter(Boolean).join(' '), isExtra: true },
  { name: 'status', of: ({ status }) => status, isExtra: true },
  { name: 'request', of: ({ exchange }) => exchange, shows: 'whole' },
]

const membershipColumns: readonly Column<MembershipPeriod>[] = [
  { name: 'group', of: ({ group }) => group.display ?? group.id },
  { name: 'joined', of: ({ from }) => formatTime(from), shows: 'whole' },
  { name: 'left', of: ({ until }) => formatTime(until), shows: 'whole' },
]

/** The reason for a user with this name, else for a group, else for a user that never existed. */
export async function explainIdentity(
  session: Pick<Session, 'api'>,
  tenant: string,
  name: string,
): Promise<Why> {
  const user = await session.api.call('GET /tenants/:tenant/users/:id/why', {
    params: { tenant, id: await findIdentity(session, 'users', tenant, name) },
  })
  if (user.state !== 'never-existed') return user
  const group = await session.api.call('GET /tenants/:tenant/groups/:id/why', {
    params: { tenant, id: await findIdentity(session, 'groups', tenant, name) },
  })
  return group.state === 'never-existed' && group.reason.kind === 'no-request' ? user : group
}

const formatCause = ({ subject, state, sentence, requests, memberships }: Why, layout: Layout): string =>
  [
    `${printable(`${subject.type} ${subject.label} (${[subject.id, state].filter(Boolean).join(', ')})`)}\n${printable(sentence)}\n`,
    ...(requests.length > 0 ? [formatTable(requestColumns, requests, layout)] : []),
    ...(memberships.length > 0 ? [formatTable(membershipColumns, memberships, layout)] : []),
  ].join('\n')

export const why = program(
  'why <name>',
  {
    flags: { tenant },
    help: '\n<name> is an ID or its beginning, a userName, a group name, or a part of one that only one user or group has.',
  },
  async ({ name, ...named }, session) => {
    const cause = await explainIdentity(session, await resolveTenant(session.api, named.tenant), name)
    session.show(cause, formatCause(cause, session.layout))
  },
)
