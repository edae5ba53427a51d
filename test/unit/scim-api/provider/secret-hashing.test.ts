import t, { type Test } from 'tap'
import type { Tenant } from '../../../../src/domain/tenants/tenant.ts'
import { loadProfile } from '../../../../src/profiles/registry.ts'
import { ScimError } from '../../../../src/scim/error.ts'
import { toResourceId } from '../../../../src/scim/resource.ts'
import type { Call } from '../../../../src/scim-api/provider/call.ts'
import { hashSecret, verifySecret } from '../../../../src/scim-api/provider/secret-hashing.ts'
import { connect } from '../../../../src/storage/sqlite/connections.ts'
import { openSqlite } from '../../../../src/storage/sqlite/database.ts'
import { migrate } from '../../../../src/storage/sqlite/migrations.ts'
import { createResourceStore } from '../../../../src/storage/sqlite/resources.ts'
import { createWriter } from '../../../../src/storage/sqlite/writer.ts'
import { createProviderOver } from '../../../support/provider.ts'
import { patchOp } from '../../../support/scim.ts'
import { alarmUrn, aVault, vaultType } from '../../../support/vault-type.ts'

const rfc = loadProfile('rfc')
const tenant: Tenant = {
  key: 1,
  id: 'acme',
  profile: { ...rfc, schema: { ...rfc.schema, resourceTypes: [vaultType] } },
  settings: { profile: 'rfc', onDelete: 'retain', throttle: 'off', switches: {} },
  declared: { schemas: [], resourceTypes: [] },
  clockOffset: 0,
  created: 0,
}

/** A vault in real SQLite, and its stored hashes. */
async function aStoredVault(t: Test, more: object = {}) {
  const db = openSqlite(undefined)
  migrate(db)
  const connections = connect(db)
  const writer = createWriter(db)
  t.teardown(async () => {
    await writer.close()
    await connections.close()
  })
  const store = createResourceStore(connections, writer)
  const provider = createProviderOver(store)
  let now = 1000
  const call = (operation: Call['operation']): Call => ({
    tenant,
    type: vaultType,
    operation,
    now: ++now,
    exchange: `x${now}`,
  })
  const body = (value: object) => JSON.parse(JSON.stringify(value))
  const { id } = await provider.create(call('create'), body(aVault(more)))
  return {
    put: (value: object) => provider.replace(call('replace'), id, body(value)),
    patch: async (...operations: readonly object[]) =>
      (await provider.patch(call('patch'), id, body(patchOp(...operations)))).written,
    document: async () => {
      const stored = await store.find({ tenant: 1, type: 'Vault', id: toResourceId(id) })
      const { id: _, schemas: __, ...shown } = JSON.parse(stored?.document ?? '{}')
      return shown
    },
    kept: async () => JSON.parse((await store.secrets({ tenant: 1, type: 'Vault', id })) ?? '{}'),
  }
}

const refused = (promise: Promise<unknown>) =>
  promise.then(
    () => 'it was not rejected',
    error => (error instanceof ScimError ? [error.status, error.scimType] : error),
  )

t.test(
  'R-057 R-061 secrets are hashed in every single-valued attribute, and not stored in lists',
  async t => {
    const { kept, document, patch } = await aStoredVault(t, {
      year: 1987,
      owner: { login: 'L', phrase: 'b' },
      hints: { first: 'c' },
      keys: [{ value: 'k', code: 'd' }],
      words: ['e'],
      [alarmUrn]: { level: 3, stop: 'f' },
    })
    t.same(await document(), {
      name: 'V',
      owner: { login: 'L' },
      keys: [{ value: 'k' }],
      [alarmUrn]: { level: 3 },
    })
    const hashes = await kept()
    t.same(Object.keys(hashes), ['pin', 'year', 'owner', 'hints', alarmUrn])
    for (const [hash, text] of [
      [hashes.pin, 'p1'],
      [hashes.year, '1987'],
      [hashes.owner.phrase, 'b'],
      [hashes.hints.first, 'c'],
      [hashes[alarmUrn].stop, 'f'],
    ]) {
      t.equal(await verifySecret(hash, text), true, text)
    }
    const { changed } = await patch({ op: 'add', path: 'keys', value: [{ value: 'k', code: 'other' }] })
    t.equal(changed, false, 'an existing key, with a code that is not stored')
    t.same(await kept(), hashes)
  },
)

t.test('R-061 R-185 a PATCH sets and removes secrets in every attribute', async t => {
  const { kept, patch } = await aStoredVault(t, { owner: { login: 'L', phrase: 'old' } })
  const first = await kept()
  t.match(await patch({ op: 'replace', path: 'name', value: 'W' }), { version: 2 })
  t.same(await kept(), first, 'a PATCH of something else keeps them')
  t.match(
    await patch(
      { op: 'add', value: { Pin: 'p2', owner: { phrase: 'x' }, [`${alarmUrn}:stop`]: 's' } },
      { op: 'replace', path: 'owner.phrase', value: 'y' },
      { op: 'add', path: alarmUrn, value: { stop: 'last' } },
      { op: 'replace', path: 'owner[login eq "nobody"].phrase', value: 'z' },
    ).catch(error => error),
    { status: 400, scimType: 'noTarget' },
  )
  t.match(
    await patch(
      { op: 'add', value: { Pin: 'p2', owner: { phrase: 'x' }, [`${alarmUrn}:stop`]: 's' } },
      { op: 'replace', path: 'owner.phrase', value: 'y' },
      { op: 'add', path: alarmUrn, value: { stop: 'last' } },
      { op: 'replace', path: 'owner[login eq "L"].phrase', value: 'z' },
      { op: 'remove', path: 'hints' },
    ),
    { version: 3, changed: true },
  )
  const second = await kept()
  t.same(Object.keys(second), ['pin', 'owner', alarmUrn])
  t.equal(await verifySecret(second.pin, 'p2'), true)
  t.equal(await verifySecret(second.owner.phrase, 'z'), true)
  t.equal(await verifySecret(second[alarmUrn].stop, 'last'), true)
  await patch({ op: 'remove', path: `${alarmUrn}:stop` }, { op: 'remove', path: 'owner' })
  t.same(await kept(), { pin: second.pin })
})

t.test('R-064 R-185 a required secret must be created and cannot be removed', async t => {
  const { put, patch, kept } = await aStoredVault(t)
  const { pin: _, ...without } = aVault() as Record<string, unknown>
  t.same(await refused(aStoredVault(t, { pin: null })), [400, 'invalidValue'])
  t.same(await refused(put(without)), [400, 'invalidValue'])
  t.same(await refused(patch({ op: 'remove', path: 'pin' })), [400, 'mutability'])
  t.same(await refused(patch({ op: 'replace', path: 'pin', value: null })), [400, 'mutability'])
  t.equal(await verifySecret((await kept()).pin, 'p1'), true)
})

t.test('R-060 R-162 an immutable secret can be sent again, but not changed', async t => {
  const { put, patch, kept } = await aStoredVault(t)
  await patch({ op: 'add', path: 'serial', value: 'A-1' })
  const before = await kept()
  t.match(await patch({ op: 'replace', path: 'serial', value: 'A-1' }), { changed: false })
  t.match(await put(aVault({ serial: 'A-1' })), { changed: false })
  t.match(await put(aVault()), { changed: false }, 'a client cannot send a secret back in a PUT')
  t.same(await refused(patch({ op: 'replace', path: 'serial', value: 'A-2' })), [400, 'mutability'])
  t.same(await refused(put(aVault({ serial: 'A-2' }))), [400, 'mutability'])
  t.same(await refused(patch({ op: 'remove', path: 'serial' })), [400, 'mutability'])
  t.same(await kept(), before)
})

t.test('R-160 a PUT keeps omitted secrets, unless it removes their complex attribute', async t => {
  const { put, kept } = await aStoredVault(t, {
    year: 1,
    owner: { login: 'L', phrase: 'b' },
    [alarmUrn]: { stop: 'f' },
  })
  const before = await kept()
  t.match(await put(aVault({ owner: { login: 'L' } })), { changed: false })
  t.same(await kept(), before)
  t.match(await put(aVault()), { changed: true })
  const { owner: _, ...others } = before
  t.same(
    await kept(),
    others,
    'the phrase is removed with its owner; the alarm is kept because it is never returned',
  )
})

t.test('R-010 a hash is slow and salted, and reveals neither the secret nor its length', async t => {
  const [one = '', other] = await Promise.all([hashSecret('t1meMa$heen'), hashSecret('t1meMa$heen')])
  t.match(one, /^\$scrypt\$ln=14,r=8,p=1\$[\w+/]{22}\$[\w+/]{43}$/)
  t.not(one, other)
  t.equal(one.length, (await hashSecret('x')).length)
})

t.test('a secret is compared with a hash by the parameters in the hash', async t => {
  const hash = await hashSecret('t1meMa$heen')
  t.equal(await verifySecret(hash, 't1meMa$heen'), true)
  t.equal(await verifySecret(hash, 'T1meMa$heen'), false)
  // RFC 7914 §12.
  const cheap =
    '$scrypt$ln=10,r=8,p=16$TmFDbA$/bq+HJ00cgB4VucZDQHp/nxq18vII3gw53N2Y0s3MWIurzDZLiKjiG/xCSedmDDaxyevuUqD7m2DYMvfoswGQA'
  t.equal(await verifySecret(cheap, 'password'), true)
  t.equal(await verifySecret(cheap, 'Password'), false)
  t.equal(await verifySecret('password', 'password'), false, 'a malformed hash matches no secret')
})
