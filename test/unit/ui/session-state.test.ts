import t from 'tap'
import type {
  HistoryEntry,
  IdentityDetail,
  RelatedResource,
} from '../../../src/domain/contract/identities.ts'
import type { SessionResource } from '../../../src/domain/contract/session-file.ts'
import { stateAt } from '../../../src/ui/session-viewer/state-at.ts'

const anna: RelatedResource = { id: 'anna', type: 'User', display: 'Anna' }
const sales: RelatedResource = { id: 'sales', type: 'Group', display: 'Sales' }

const at = (day: number) => `2026-03-0${day}T09:00:00.000Z`

const revision = (
  number: number,
  action: 'created' | 'modified' | 'deleted',
  document?: Record<string, unknown>,
): HistoryEntry => ({
  kind: 'revision',
  revision: number,
  action,
  at: at(number),
  exchange: `request-${number}`,
  ...(document && { document }),
  differences: [],
})

const membership = (day: number, event: 'added' | 'removed', exchange?: string): HistoryEntry => ({
  kind: 'membership',
  event,
  at: at(day),
  ...(exchange !== undefined && { exchange }),
  group: sales,
  member: anna,
})

/** Newest first. */
const history = [
  revision(5, 'deleted'),
  membership(4, 'removed'),
  revision(3, 'modified', { active: false }),
  membership(2, 'added', 'request-2'),
  revision(1, 'created', { active: true }),
]
const resourceOf = (id: string): SessionResource => ({
  resource: { id, type: 'User', label: id } as IdentityDetail,
  history,
})
const user = resourceOf('anna')

t.test('a resource is shown as it was after a request', async t => {
  const after = (request: string) => stateAt(user, { request, at: at(9) })
  // A change without a request is placed by its time.
  const none = { groups: [], members: [] }
  t.same(stateAt(user, { request: 'request-0', at: at(1) }), { status: 'none', ...none })
  t.same(stateAt(user, { request: 'request-1', at: at(1) }), {
    status: 'active',
    document: { active: true },
    ...none,
  })
  t.same(stateAt(user, { request: 'request-2', at: at(2) }).groups, [sales])
  t.same(stateAt(user, { request: 'request-3', at: at(3) }), {
    status: 'disabled',
    document: { active: false },
    groups: [sales],
    members: [],
  })
  t.same(after('request-5'), { status: 'deleted', ...none })
})

t.test('a resource is shown as it was at a time', async t => {
  t.equal(stateAt(user, { at: '2026-02-28T23:59:59.999Z' }).status, 'none')
  t.same(stateAt(user, { at: at(3) }).groups, [sales])
  t.same(stateAt(user, { at: at(4) }).groups, [])
  t.same(stateAt(user, undefined), stateAt(user, { at: at(9) }), 'without a time, at the end')
})

t.test('a group has the members of the moment', async t => {
  const group = resourceOf('sales')
  t.same(stateAt(group, { at: at(2) }).members, [anna])
  t.same(stateAt(group, { at: at(2) }).groups, [])
  t.same(stateAt(group, undefined).members, [])
})
