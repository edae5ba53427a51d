import t from 'tap'
import { loadProfile } from '../../../src/profiles/registry.ts'
import { attribute, pathText } from '../../../src/scim/attribute.ts'
import { userType } from '../../../src/scim/core-schemas.ts'
import { parsePatch } from '../../../src/scim/patch/parse.ts'
import { parsePath } from '../../../src/scim/patch/path.ts'
import { type ResourceType, resourceType } from '../../../src/scim/resource-types.ts'
import { strictReads } from '../../support/request-policy.ts'
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
