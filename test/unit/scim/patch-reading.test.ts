import t from 'tap'
import { groupType } from '../../../src/scim/core-schemas.ts'
import { maxOperations, readPatchEnvelope } from '../../../src/scim/patch/parse.ts'
import { patching, patchOf, patchOpUrn } from '../../support/patch.ts'
import { rejection } from '../../support/rejection.ts'
import { lenientReads, strictReads } from '../../support/request-policy.ts'
import { enterpriseUrn, userUrn } from '../../support/samples.ts'

const strict = patching(strictReads)
const lenient = patching(lenientReads)
const replace = (path: string, value: string | boolean | null = 'x') =>
  patchOf({ op: 'replace', path, value })
const codeOf = (act: () => unknown) => {
  const { status, scimType } = rejection(act)
  return { status, scimType }
}

t.test('R-167: a body without the URN of a PatchOp is rejected, except by a lenient profile', async t => {
  const Operations = [{ op: 'remove', path: 'title' }]
  for (const schemas of [undefined, null, [], [userUrn], patchOpUrn]) {
    t.same(
      codeOf(() => readPatchEnvelope({ schemas, Operations }, strictReads)),
      {
        status: 400,
        scimType: 'invalidSyntax',
      },
    )
    t.same(readPatchEnvelope({ schemas, Operations }, lenientReads), Operations)
  }
})

t.test('R-168: a body without operations, or with too many, is rejected', async t => {
  const many = Array.from({ length: maxOperations + 1 }, () => ({ op: 'remove', path: 'title' }))
  for (const Operations of [undefined, null, {}, [], ['x'], [null], many]) {
    t.same(
      codeOf(() => strict.read({ schemas: [patchOpUrn], Operations })),
      {
        status: 400,
        scimType: 'invalidSyntax',
      },
    )
  }
  for (const body of [undefined, null, 'x', []]) {
    t.equal(codeOf(() => strict.read(body)).scimType, 'invalidSyntax')
  }
})

t.test('R-168: the names of the envelope are accepted in any case, but only once', async t => {
  const operations = [{ OP: 'Remove', Path: 'title' }]
  t.same(
    strict.read({ SCHEMAS: [patchOpUrn], operations }).map(({ op, path }) => ({ op, path })),
    [{ op: 'remove', path: 'title' }],
  )
  t.match(
    rejection(() => strict.read({ schemas: [patchOpUrn], Operations: operations, operations })),
    { scimType: 'invalidSyntax', detail: /twice/ },
  )
})

t.test('R-169: an operation is add, remove or replace, in any case', async t => {
  for (const op of ['Add', 'REPLACE', 'replace']) {
    t.equal(strict.read(patchOf({ op, path: 'title', value: 'x' }))[0]?.op, op.toLowerCase())
  }
  for (const op of ['move', '', null, 1]) {
    t.equal(codeOf(() => strict.read(patchOf({ op, path: 'title', value: 'x' }))).scimType, 'invalidSyntax')
  }
  t.equal(codeOf(() => strict.read(patchOf({ path: 'title', value: 'x' }))).scimType, 'invalidSyntax')
})

t.test(
  'R-170: a malformed path is an invalidPath error, a malformed filter an invalidFilter error',
  async t => {
    const paths = [
      '',
      ' ',
      'name.',
      '.title',
      'name..givenName',
      'emails[type eq "work"',
      'emails]',
      '"title"',
    ]
    for (const path of [
      ...paths,
      'emails[type eq "work"]x',
      'emails[type eq "work"].',
      'title[value eq "x"]',
    ]) {
      t.equal(codeOf(() => lenient.read(replace(path))).scimType, 'invalidPath', path)
    }
    for (const path of [
      'emails[]',
      'emails[type eq]',
      'emails[color eq "red"]',
      'emails[type "work"].value',
    ]) {
      t.equal(codeOf(() => lenient.read(replace(path))).scimType, 'invalidFilter', path)
    }
    t.equal(codeOf(() => strict.read(patchOf({ op: 'add', path: 7, value: 'x' }))).scimType, 'invalidPath')
  },
)

t.test('R-173: read-only targets are rejected, or ignored by a lenient profile', async t => {
  for (const path of [
    'id',
    'meta',
    'meta.created',
    'groups',
    'groups[value eq "1"]',
    `${enterpriseUrn}:manager.displayName`,
  ]) {
    t.equal(codeOf(() => strict.read(replace(path))).scimType, 'mutability', path)
    t.match(lenient.read(replace(path)), [{ assignments: [], ignored: [path] }])
  }
})

t.test('R-173: values of the wrong type are rejected with their location', async t => {
  t.match(
    rejection(() =>
      strict.read(patchOf({ op: 'remove', path: 'title' }, { op: 'replace', path: 'active', value: 'no' })),
    ),
    { status: 400, scimType: 'invalidValue', detail: /Operations\[1\]\.value/ },
  )
  t.match(
    rejection(() => strict.read(patchOf({ op: 'replace', value: { name: { givenName: 1 } } }))),
    { scimType: 'invalidValue', detail: /Operations\[0\]\.value\.name\.givenName/ },
  )
})

t.test('R-173: unknown attributes are rejected, or ignored by a lenient profile', async t => {
  for (const path of [
    'shoeSize',
    'name.shoeSize',
    'emails[type eq "work"].shoeSize',
    'urn:example:x',
    'a.b.c',
  ]) {
    t.equal(codeOf(() => strict.read(replace(path))).scimType, 'invalidPath', path)
    t.match(lenient.read(replace(path)), [{ assignments: [], ignored: [path] }])
    t.match(lenient.read(patchOf({ op: 'replace', value: { [path]: 'x', title: 'y' } })), [
      { assignments: [{ value: 'y' }], ignored: [path] },
    ])
  }
})

t.test('R-177: add and replace need a value', async t => {
  for (const op of ['add', 'replace']) {
    for (const path of [{}, { path: 'title' }]) {
      t.equal(codeOf(() => lenient.read(patchOf({ op, ...path }))).scimType, 'invalidValue')
    }
  }
})

t.test('R-178: a value without a path must be an object', async t => {
  for (const value of ['x', [{ title: 'x' }], null]) {
    t.equal(codeOf(() => lenient.read(patchOf({ op: 'add', value }))).scimType, 'invalidValue')
  }
})

t.test('R-178: id, meta and schemas in a value without a path are ignored', async t => {
  const value = { id: '1', meta: { resourceType: 'Group' }, schemas: ['x'], displayName: 'Plant' }
  t.match(patching(strictReads, groupType).read(patchOf({ op: 'replace', value })), [
    {
      assignments: [{ target: { text: 'displayName' }, value: 'Plant' }],
      ignored: ['id', 'meta', 'schemas'],
    },
  ])
})

t.test('R-182: remove needs a path', async t => {
  t.same(
    codeOf(() => lenient.read(patchOf({ op: 'remove', value: { title: 'x' } }))),
    {
      status: 400,
      scimType: 'noTarget',
    },
  )
})

t.test('R-185: attributes that the provider sets cannot be removed', async t => {
  for (const path of ['id', 'meta', 'schemas']) {
    t.equal(codeOf(() => strict.read(patchOf({ op: 'remove', path }))).scimType, 'mutability', path)
  }
})
