import assert from 'node:assert/strict'
import { join } from 'node:path'
import fc from 'fast-check'
import t from 'tap'
import { csvRecords } from '../../src/provisioning/kit/directory/csv.ts'
import { parseDirectory, readDirectory } from '../../src/provisioning/kit/directory/read-directory.ts'
import type { SourceDirectory } from '../../src/provisioning/kit/directory/source-directory.ts'
import { toScimulatorFormat, writeDirectory } from '../../src/provisioning/kit/directory/write-directory.ts'
import type { Json } from '../../src/scim/json.ts'
import { assertProperty } from '../support/property.ts'

const text = fc.string({ unit: 'binary', minLength: 1, maxLength: 12 })
const value = fc.oneof(text, fc.boolean(), fc.array(text, { minLength: 1, maxLength: 3 }))
const textNames = [
  'displayName',
  'mail',
  'mobile',
  'telephoneNumber',
  'extensionAttribute3',
  'physicalDeliveryOfficeName',
]
const attributes = fc
  .tuple(
    fc.dictionary(fc.constantFrom(...textNames), text),
    fc.dictionary(fc.constantFrom('hobby', 'a.b', '__proto__', 'toString', 'Ünicode'), value),
  )
  .map(([known, unknown]) => Object.fromEntries([...Object.entries(known), ...Object.entries(unknown)]))
const deletion = fc.option(fc.integer({ min: 0, max: Date.UTC(2100, 0) }), { nil: undefined })
const oneOfThem = <Item>(items: readonly Item[]) => fc.constantFrom(...items)

/** Ids differ in more than case. */
const ids = fc.uniqueArray(fc.uuid(), { minLength: 2, maxLength: 12 })

const directories: fc.Arbitrary<SourceDirectory> = ids.chain(all => {
  const userIds = all.slice(0, Math.ceil(all.length / 2))
  const groupIds = all.slice(userIds.length)
  const user = (objectId: string) =>
    fc
      .tuple(fc.boolean(), deletion, attributes, fc.option(oneOfThem(userIds), { nil: undefined }))
      .map(([accountEnabled, deletedAt, own, manager]) => ({
        objectId,
        accountEnabled,
        ...(deletedAt === undefined ? {} : { deletedAt }),
        attributes: { ...own, userPrincipalName: `${objectId}@example.com` },
        ...(manager === undefined ? {} : { manager }),
      }))
  const group = (objectId: string) =>
    fc
      .tuple(deletion, attributes, text, fc.uniqueArray(oneOfThem(all)))
      .map(([deletedAt, own, displayName, members]) => ({
        objectId,
        ...(deletedAt === undefined ? {} : { deletedAt }),
        attributes: { ...own, displayName },
        members,
      }))
  const role = fc.record({ id: text, value: text, displayName: text })
  const assignment = oneOfThem(all).chain(principal =>
    fc.option(role, { nil: undefined }).map(appRole => ({ principal, ...(appRole ? { appRole } : {}) })),
  )
  return fc.record({
    users: fc.tuple(...userIds.map(user)),
    groups: fc.tuple(...groupIds.map(group)),
    assignments: fc.uniqueArray(assignment, { selector: ({ principal }) => principal, maxLength: 4 }),
  })
})

/** Own members in order: a comparison of objects would follow `__proto__`. */
const plain = (directory: SourceDirectory) => JSON.stringify(directory, sortedNames)
const sortedNames = (_: string, each: unknown) =>
  typeof each === 'object' && each !== null && !Array.isArray(each)
    ? Object.fromEntries(Object.entries(each).sort(([one], [other]) => (one < other ? -1 : 1)))
    : each

t.test('a directory that is written and read is the same directory', async t => {
  const path = join(t.testdir(), 'directory.json')
  await assertProperty(
    fc.asyncProperty(directories, async directory => {
      await writeDirectory(path, directory)
      assert.equal(plain((await readDirectory(path)).directory), plain(directory))
    }),
    { numRuns: 60 },
  )
  assertProperty(
    fc.property(directories, directory => {
      const json: Json = JSON.parse(JSON.stringify(toScimulatorFormat(directory)))
      return plain(parseDirectory(json, 'x').directory) === plain(directory)
    }),
    { numRuns: 300 },
  )
})

t.test('any JSON in a file is accepted or rejected with an error', async () => {
  const names = [
    'users',
    'groups',
    'assignments',
    'id',
    'userPrincipalName',
    'members',
    'manager',
    'displayName',
  ]
  const tree = fc.letrec(tie => ({
    value: fc.oneof(
      { maxDepth: 5 },
      fc.jsonValue({ maxDepth: 1 }),
      fc.constantFrom('m1', 'b1'),
      fc.array(tie('value'), { maxLength: 3 }),
      fc.dictionary(fc.constantFrom(...names), tie('value')),
    ),
  })).value
  assertProperty(
    fc.property(tree, json => {
      try {
        parseDirectory(json as Json, 'x')
      } catch (error) {
        if (!(error instanceof Error) || error.name !== 'DirectoryError') throw error
      }
    }),
    { numRuns: 500 },
  )
})

t.test('CSV: quoted fields are read unchanged', async () => {
  const rows = fc.array(
    fc.array(fc.string({ unit: fc.constantFrom('a', '"', ',', ';', '\n', '\r', 'ü') }), {
      minLength: 2,
      maxLength: 4,
    }),
  )
  await assertProperty(
    fc.asyncProperty(rows, fc.constantFrom('\n', '\r\n'), async (fields, lineBreak) => {
      const quoted = (field: string) => `"${field.replaceAll('"', '""')}"`
      const text = ['"a","b"', ...fields.map(row => row.map(quoted).join(','))].join(lineBreak)
      const read: (readonly string[])[] = []
      for await (const record of csvRecords(text, ({ message }) => t.fail(message))) read.push(record.fields)
      return JSON.stringify(read) === JSON.stringify([['a', 'b'], ...fields])
    }),
  )
})
