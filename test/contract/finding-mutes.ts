import type { Test } from 'tap'
import type { FindingMutes } from '../../src/domain/ports/analysis.ts'
import type { TenantStore } from '../../src/domain/tenants/tenant.ts'

/** Opens empty stores. `reopen` opens the mutes as after a restart, or in another instance. */
export type OpenFindingMutes = (t: Test) => Promise<{
  readonly tenants: TenantStore
  readonly mutes: FindingMutes
  readonly reopen: () => Promise<FindingMutes>
  /** The rows of the table `finding_mutes`. */
  readonly rows: () => Promise<readonly unknown[]>
}>

const finding = 'client/no-external-id'

/** The behavior of every store of muted findings. */
export function describeFindingMutes(t: Test, open: OpenFindingMutes): void {
  t.test('a finding is muted at one tenant, with the reason and who gave it', async t => {
    const { tenants, mutes, reopen } = await open(t)
    const tenant = await tenants.create({ profile: 'rfc' }, 'acme')
    const other = await tenants.create({ profile: 'rfc' }, 'other')
    const muted = await mutes.set(tenant, { finding, reason: 'Accepted, ä', by: 'Anna' })
    t.match(muted, { finding, reason: 'Accepted, ä', by: 'Anna', at: Number })
    await mutes.set(other, { finding: 'aws/one-email', reason: 'known' })
    for (const store of [mutes, await reopen()]) {
      t.same(store.find(tenant, finding), muted)
      t.equal(store.find(tenant, 'aws/one-email'), undefined)
      t.equal(store.find(other, finding), undefined)
      t.equal(store.find(other, 'aws/one-email')?.by, undefined)
    }
  })

  t.test('a finding that is muted again has the new reason', async t => {
    const { tenants, mutes, reopen } = await open(t)
    const tenant = await tenants.create({ profile: 'rfc' }, 'acme')
    await mutes.set(tenant, { finding, reason: 'first', by: 'Anna' })
    const again = await mutes.set(tenant, { finding, reason: 'second' })
    for (const store of [mutes, await reopen()]) t.same(store.find(tenant, finding), again)
  })

  t.test('a finding is unmuted once, and can be muted again', async t => {
    const { tenants, mutes, reopen } = await open(t)
    const tenant = await tenants.create({ profile: 'rfc' }, 'acme')
    await mutes.set(tenant, { finding, reason: 'first' })
    t.equal(await mutes.remove(tenant, finding), true)
    t.equal(await mutes.remove(tenant, finding), false)
    for (const store of [mutes, await reopen()]) t.equal(store.find(tenant, finding), undefined)
    const again = await mutes.set(tenant, { finding, reason: 'second' })
    for (const store of [mutes, await reopen()]) t.same(store.find(tenant, finding), again)
  })

  t.test('mutes are deleted with their tenant', async t => {
    const { tenants, mutes, rows } = await open(t)
    const tenant = await tenants.create({ profile: 'rfc' }, 'acme')
    await mutes.set(tenant, { finding, reason: 'known' })
    await tenants.remove('acme')
    t.same(await rows(), [])
    await t.rejects(mutes.set(tenant, { finding, reason: 'late' }), /acme/)
    const successor = await tenants.create({ profile: 'rfc' }, 'acme')
    t.equal(mutes.find(successor, finding), undefined)
  })
}
