import t from 'tap'
import { openSqliteEngine } from '../../../../src/storage/sqlite/engine.ts'
import { openApis } from '../../../support/identity-store.ts'

const log = { info: () => {}, warn: () => {}, error: () => {} }

t.test(
  'IS-110 membership ids survive a restart and a restore of a snapshot, also beside other tenants',
  async t => {
    const path = `${t.testdir()}/data.db`
    const open = async () => {
      const engine = openSqliteEngine({ path, retention: { count: 10, days: 1 }, log })
      const apisOf = async (id: string) => {
        const { key } = engine.tenants.find(id) ?? (await engine.tenants.create({ profile: 'aws' }, id))
        return openApis(engine, { key, id })
      }
      return { engine, acme: await apisOf('acme'), apisOf }
    }
    const addMember = async ({ api }: ReturnType<typeof openApis>) => {
      const name = { DisplayName: 'M', Name: { GivenName: 'M', FamilyName: 'S' } }
      const { UserId = '' } = await api('CreateUser', { UserName: 'marge', ...name })
      const { GroupId = '' } = await api('CreateGroup', { DisplayName: 'Staff' })
      const { MembershipId = '' } = await api('CreateGroupMembership', { GroupId, MemberId: { UserId } })
      return { GroupId, MembershipId }
    }

    const first = await open()
    const { GroupId, MembershipId } = await addMember(first.acme)
    const described = await first.acme.api('DescribeGroupMembership', { MembershipId })
    const { id } = await first.engine.snapshots.save()
    // The snapshot lacks this tenant, whose rows have later keys.
    await addMember(await first.apisOf('globex'))
    await first.acme.api('DeleteGroup', { GroupId })
    await first.engine.snapshots.restore(id)
    t.same(await first.acme.api('DescribeGroupMembership', { MembershipId }), described)
    t.same(await first.acme.api('ListGroupMemberships', { GroupId }), { GroupMemberships: [described] })
    await first.engine.close()

    const second = await open()
    t.same(await second.acme.api('DescribeGroupMembership', { MembershipId }), described)
    await second.engine.close()
  },
)
