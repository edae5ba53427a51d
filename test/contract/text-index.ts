import assert from 'node:assert/strict'
import fc from 'fast-check'
import type { Test } from 'tap'
import type { ResourceStore } from '../../src/domain/ports/resources.ts'
import type { Snapshots } from '../../src/domain/ports/snapshots.ts'
import { userType } from '../../src/scim/core-schemas.ts'
import { prepareResource } from '../../src/scim/document.ts'
import { toResourceId } from '../../src/scim/resource.ts'
import type { ResourceType } from '../../src/scim/resource-types.ts'
import type { SortOrder } from '../../src/scim/sorting.ts'
import { deviceType } from '../support/device-type.ts'
import { assertProperty } from '../support/property.ts'
import { actionsOn, filterOn, pathOn, refuse, tenant } from './store-fixture.ts'

/** The texts of an attribute by the keys of the resources. */
type Texts = readonly { readonly key: number; readonly value: string }[]

/** An empty database with one tenant. */
export type IndexedDatabase = {
  /** Indexes texts of every list. */
  readonly indexed: ResourceStore
  /** Reads the documents. */
  readonly scanning: ResourceStore
  readonly snapshots: Snapshots
  /** Deletes all resources. */
  clear(): Promise<void>
  /** Resolves once indexes of this number of attributes are complete. Returns a store that uses them. */
  untilBuilt(attributes: number): Promise<ResourceStore>
  /** The rows of each index, and those it should have. */
  rows(): Promise<Iterable<{ readonly attribute: string; readonly actual: Texts; readonly expected: Texts }>>
  close(): Promise<void>
}

/** Returns a function that empties a database, or opens another one. */
export type OpenDatabases = (t: Test) => () => Promise<IndexedDatabase>

const department = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department'

/** Texts that differ only where an index entry is cut. Their hashes have the same order. */
const longTexts = ['a', 'b'].map(end => 'x'.repeat(256) + end) as [string, string]

const listsOfType = (type: ResourceType, filters: readonly string[], sortings: readonly string[]) => [
  ...filters.map(text => ({ text, typeQueries: [{ type: type.name, filter: filterOn(type, text) }] })),
  ...sortings.flatMap(name =>
    (['ascending', 'descending'] as const).map((order: SortOrder) => ({
      text: `${name} ${order}`,
      typeQueries: [{ type: type.name, sortBy: pathOn(type, name) }],
      order,
    })),
  ),
]

/** With four attributes that are not looked up. */
const userLists = listsOfType(
  userType,
  [
    'name.familyName co "A"',
    'name.familyName sw "é"',
    'name.familyName ew "b"',
    'title eq "a"',
    'title gt "a"',
    `title eq "${longTexts[0]}"`,
    `title gt "${longTexts[0]}"`,
    `title sw "${longTexts[1]}"`,
    `title ew "XA"`,
    `${department} co ""`,
    `title co "a" and ${department} sw "a"`,
    'not (title co "a") or name.familyName ew "É"',
    'userName co "1"',
  ],
  ['name.familyName', 'title', department, 'nickName', 'userName'],
)
const attributesOfUserLists = 4

type Lists = ReturnType<typeof listsOfType>

/** Each list: pages of three, their total, and the keys of all matches. */
async function readLists(store: ResourceStore, lists: Lists): Promise<readonly object[]> {
  const found: object[] = []
  for (const { text, ...query } of lists) {
    const pages: (readonly string[])[] = []
    for (let offset = 0; ; offset += 3) {
      const slice = { by: 'index' as const, offset, count: 3 }
      const { page, total, hasMore } = await store.list(tenant, { ...query, slice, total: true })
      pages.push([...page.map(({ id }) => id), `${hasMore} ${total}`])
      if (!hasMore) break
    }
    const keys = 'order' in query ? await store.orderedKeys(tenant, query) : []
    found.push({ text, pages, keys: [...keys] })
  }
  return found
}

/** Compares the rows of the indexes with the search forms. */
export async function requireCompleteRows({ rows }: Pick<IndexedDatabase, 'rows'>): Promise<void> {
  for (const { attribute, actual, expected } of await rows()) assert.deepEqual(actual, expected, attribute)
}

const text = fc.constantFrom('', 'a', 'A', 'ab', 'É', 'éa', '\uffee', '😀', '\u{10ffff}', ...longTexts)
const values = fc.record(
  {
    title: text,
    name: fc.record({ familyName: text }, { requiredKeys: [] }),
    'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User': fc.record({ department: text }),
  },
  { requiredKeys: [] },
)
type Step = typeof step extends fc.Arbitrary<infer Value> ? Value : never
const step = fc.oneof(
  { weight: 6, arbitrary: fc.record({ does: fc.constant('add' as const), values }) },
  { weight: 3, arbitrary: fc.record({ does: fc.constant('change' as const), which: fc.nat(), values }) },
  { weight: 2, arbitrary: fc.record({ does: fc.constant('remove' as const), which: fc.nat() }) },
  { weight: 1, arbitrary: fc.record({ does: fc.constantFrom('list', 'clear', 'save', 'restore') }) },
)

/** Runs steps, and compares the lists of both stores in between. */
async function compareLists(database: IndexedDatabase, steps: readonly Step[]): Promise<void> {
  const { indexed, scanning, clear, snapshots, untilBuilt, close } = database
  const { addUser, changeUser, remove } = actionsOn(indexed)
  let ids: string[] = []
  let saved: { readonly id: string; readonly ids: readonly string[] } | undefined
  for (const [at, each] of steps.entries()) {
    const id = 'which' in each ? ids[each.which % ids.length] : undefined
    switch (each.does) {
      case 'add':
        ids.push(`u${at}`)
        await addUser(`u${at}`, each.values)
        break
      case 'change':
        if (id !== undefined) await changeUser(id, each.values)
        break
      case 'remove':
        if (id !== undefined) await remove('User', id)
        ids = ids.filter(other => other !== id)
        break
      case 'list':
        assert.deepEqual(await readLists(indexed, userLists), await readLists(scanning, userLists))
        break
      case 'clear':
        await clear()
        ids = []
        break
      case 'save':
        saved = { id: (await snapshots.save()).id, ids: [...ids] }
        break
      case 'restore':
        if (saved) await snapshots.restore(saved.id)
        if (saved) ids = [...saved.ids]
    }
  }
  await readLists(indexed, userLists)
  // A restore completes the indexes, too.
  const using = await untilBuilt(attributesOfUserLists)
  assert.deepEqual(await readLists(using, userLists), await readLists(scanning, userLists))
  await requireCompleteRows(database)
  await close()
}

/** Lists by the index are those by the documents. */
export async function compareIndexedLists(
  open: () => Promise<IndexedDatabase>,
  numRuns: number,
  minLength = 0,
): Promise<void> {
  await assertProperty(
    fc.asyncProperty(fc.array(step, { minLength, maxLength: 40 }), async steps =>
      compareLists(await open(), steps),
    ),
    { numRuns },
  )
}

const deviceLists = listsOfType(
  deviceType,
  ['manual co "A"', 'manual sw "https://a"', 'maker.name co "ACME"', 'label ew "É"'],
  ['manual', 'maker.name', 'label'],
)

const deviceDraft = (id: string, values: Parameters<typeof prepareResource>[2]) => ({
  next: prepareResource(deviceType, toResourceId(id), { serial: id, ...values }),
  memberships: [],
  members: refuse,
})

/** The index of texts, of the store of any engine. */
export function describeTextIndex(t: Test, openOn: OpenDatabases, numRuns: number): void {
  t.test(
    'lists by the index are those by the documents, whatever happens before and during a build',
    async t => compareIndexedLists(openOn(t), numRuns),
  )

  t.test('attributes of declared types are indexed, case-exact ones as they are', async t => {
    const database = await openOn(t)()
    const { indexed, scanning, untilBuilt } = database
    const place = (id: string) => ({ tenant, type: 'Device', id: toResourceId(id) })
    const cause = { now: 1, exchange: 'x' }
    const manuals = ['https://A', 'https://a', 'https://b', 'https://A/b']
    for (const [at, manual] of manuals.entries()) {
      const values = {
        manual,
        maker: { name: at % 2 ? 'Acme' : 'ACME' },
        ...(at > 0 && { label: 'É' }),
      }
      await indexed.insert(place(`d${at}`), cause, deviceDraft(`d${at}`, values), 10)
    }
    await readLists(indexed, deviceLists)
    const using = await untilBuilt(3)
    await using.update(place('d2'), cause, () => deviceDraft('d2', { manual: 'https://AA' }))
    await using.insert(place('d9'), cause, deviceDraft('d9', { maker: { name: 'acme' } }), 10)
    const found = await readLists(using, deviceLists)
    t.same(found, await readLists(scanning, deviceLists))
    t.match(found, [{ pages: [['d0', 'd2', 'd3', 'false 3']] }, { pages: [['d1', 'false 1']] }])
    await requireCompleteRows(database)
    await database.close()
  })
}
