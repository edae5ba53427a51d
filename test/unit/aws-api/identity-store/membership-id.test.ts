import fc from 'fast-check'
import t from 'tap'
import {
  isSameMembership,
  readMembershipId,
  toMembershipId,
} from '../../../../src/aws-api/identity-store/records.ts'
import type { Membership } from '../../../../src/domain/ports/directory.ts'
import { toResourceId } from '../../../../src/scim/resource.ts'

const member = toResourceId('94482488-3041-7026-18f3-be45837cd0e4')
const membership: Membership = {
  key: 7,
  group: toResourceId('b4f8c4a8-30d1-70e2-9c55-1f0a6a7d2e31'),
  member,
  at: 1_700_000_000_000,
}

t.test('IS-110 the id of a membership is a UUID that stays the same', async t => {
  t.equal(toMembershipId('acme', membership), 'c84c2ac9-10c6-9162-12fb-d5e13a7f7b5a')
  t.not(toMembershipId('globex', membership), toMembershipId('acme', membership))
})

t.test('IS-110 the id identifies its membership and no other', async () => {
  const memberships = fc.record({
    key: fc.integer({ min: 1, max: 2 ** 40 - 1 }),
    group: fc.uuid().map(toResourceId),
    member: fc.constant(member),
    at: fc.integer({ min: 0, max: 4_000_000_000_000 }),
  })
  fc.assert(
    fc.property(memberships, memberships, fc.boolean(), (one, other, inUpperCase) => {
      const id = toMembershipId('acme', one)
      const parts = readMembershipId('acme', inUpperCase ? id.toUpperCase() : id)
      return (
        parts !== undefined &&
        one.group.startsWith(parts.groupPrefix) &&
        isSameMembership(one, parts) &&
        isSameMembership(other, parts) === (other.key === one.key && other.at === one.at)
      )
    }),
  )
})

t.test('IS-081 an id of another form is that of no membership', async t => {
  t.equal(readMembershipId('acme', `9067642ac7-${toMembershipId('acme', membership)}`), undefined)
})
