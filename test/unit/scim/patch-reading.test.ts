import t from 'tap'
import { loadProfile } from '../../../src/profiles/registry.ts'
import { attribute, pathText } from '../../../src/scim/attribute.ts'
import { groupType, userType } from '../../../src/scim/core-schemas.ts'
import { maxOperations, parsePatch, parsePath, readPatchEnvelope } from '../../../src/scim/patch/parse.ts'
import { type ResourceType, resourceType } from '../../../src/scim/resource-types.ts'
import { patching, patchOf, patchOpUrn } from '../../support/patch.ts'
import { rejection } from '../../support/rejection.ts'
import { lenientReads, strictReads } from '../../support/request-policy.ts'
import { enterpriseUrn, userUrn } from '../../support/samples.ts'

const entra = loadProfile('entra')

const limits = { filterLength: 1000, filterDepth: 10 }
const read = (text: string, reads = strictReads) => {
  const target = parsePath(text, userType, reads, limits)
  return (
    target && {
      path: pathText(target.path),
      where: target.where?.kind,
      sub: target.sub?.name,
      text: target.text,
    }
  )
}
const named = (path: string, where?: string, sub?: string) => ({ path, where, sub })

const forms = new Map([
  ['title', named('title')],
  ['name.givenName', named('name.givenName')],
  ['emails.value', named('emails.value')],
  ['emails[type eq "work"]', named('emails', 'compare')],
  ['emails[type eq "work" and primary eq true].value', named('emails', 'and', 'value')],
  [`${userUrn}:userName`, named('userName')],
  [`${userUrn}:name.givenName`, named('name.givenName')],
  [`${userUrn}:emails[type eq "work"]`, named('emails', 'compare')],
  [`${userUrn}:emails[type eq "work"].value`, named('emails', 'compare', 'value')],
  [enterpriseUrn, named(enterpriseUrn)],
  [`${enterpriseUrn}:department`, named(`${enterpriseUrn}:department`)],
  [`${enterpriseUrn}:manager.value`, named(`${enterpriseUrn}:manager.value`)],
  [`${enterpriseUrn}:manager[value eq "1"]`, named(`${enterpriseUrn}:manager`, 'compare')],
])

t.test('R-170: every form of a path is resolved, in any case and with spaces around it', async t => {
  for (const [text, expected] of forms) {
    t.same(read(text), { ...expected, text })
    t.same(read(text.toUpperCase().replaceAll('TRUE', 'true')), {
      ...expected,
      text: text.toUpperCase().replaceAll('TRUE', 'true'),
    })
    t.same(read(` ${text} `), { ...expected, text: ` ${text} ` })
  }
})

t.test('R-170: a bracket in a quoted string does not end the filter', async t => {
  t.same(read('emails[value eq "a]\\"]b"].type'), {
    ...named('emails', 'compare', 'type'),
    text: 'emails[value eq "a]\\"]b"].type',
  })
})

t.test('R-170: an unknown name has no target', async t => {
  for (const text of [
    'shoeSize',
    'name.size',
    'emails[type eq "work"].size',
    'urn:x:y:title',
    `${userUrn}:size`,
  ]) {
    t.equal(read(text), undefined, text)
  }
})

t.test("Entra's short path `manager` is the enterprise manager", async t => {
  t.match(read('manager', entra.requests), { path: `${enterpriseUrn}:manager` })
  t.match(read('manager[value eq "1"]', entra.requests), {
    path: `${enterpriseUrn}:manager`,
    where: 'compare',
  })
})

t.test('of a URN and its longer extension, the longer one is resolved', async t => {
  const label = attribute('label', 'Its label.')
  const schemaOf = (id: string) => ({ id, name: 'X', description: 'X', attributes: [label] })
  const typeOf = (id: string, ...extensions: readonly string[]) =>
    resourceType({
      ...userType,
      schema: schemaOf(id),
      extensions: extensions.map(urn => ({ schema: schemaOf(urn), required: false })),
    })
  const found = (type: ResourceType, text: string) => {
    const target = parsePath(text, type, strictReads, limits)
    return target && pathText(target.path)
  }
  const [short, middle, long] = ['urn:x:Lamp', 'urn:x:Lamp:Site', 'urn:x:Lamp:Site:Room']
  for (const type of [
    typeOf(short, middle, long),
    typeOf(middle, short, long),
    typeOf(long, short, middle),
  ]) {
    for (const urn of [short, middle, long]) {
      const wanted = type.schema.id === urn ? 'label' : `${urn}:label`
      t.equal(found(type, `${urn}:label`), wanted, `${urn} of a ${type.schema.id}`)
    }
  }
})

t.test('sub-attributes may have the names of common attributes', async t => {
  const maker = attribute('maker', 'Who made it.', {
    type: 'complex',
    subAttributes: [attribute('id', 'Its id.'), attribute('meta', 'More.')],
  })
  const type = resourceType({ ...userType, schema: { ...userType.schema, attributes: [maker] } })
  const assigned = (op: string, path: string, value?: string) =>
    parsePatch([{ op, path, ...(value && { value }) }], type, strictReads, limits)[0]?.assignments.map(one =>
      pathText(one.target.path),
    )
  t.same(assigned('replace', 'maker.id', '7'), ['maker.id'])
  t.same(assigned('remove', 'maker.meta'), ['maker.meta'])
})

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
      codeOf(() => readPatchEnvelope({ schemas, Operations }, userType, strictReads)),
      {
        status: 400,
        scimType: 'invalidSyntax',
      },
    )
    t.same(readPatchEnvelope({ schemas, Operations }, userType, lenientReads), Operations)
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
