import t from 'tap'
import { loadProfile } from '../../../src/profiles/registry.ts'
import { type Attribute, findAttribute, pathText, subAttributesOf } from '../../../src/scim/attribute.ts'
import { typeByName } from '../../../src/scim/resource-types.ts'

const typesOf = (switches: Readonly<Record<string, string>> = {}) =>
  loadProfile('aws', switches).schema.resourceTypes

/** Each characteristic may only become stricter. */
const isNarrower = (aws: Attribute, rfc: Attribute) =>
  aws.type === rfc.type &&
  aws.multiValued === rfc.multiValued &&
  (aws.required || !rfc.required) &&
  (aws.mutability === rfc.mutability || rfc.mutability === 'readWrite') &&
  (aws.uniqueness === rfc.uniqueness || rfc.uniqueness === 'none') &&
  (aws.refersTo ?? []).every(type => rfc.refersTo?.includes(type))

function lessStrict(
  aws: readonly Attribute[],
  rfc: readonly Attribute[],
  above: readonly Attribute[],
): readonly string[] {
  return aws.flatMap(attribute => {
    const path = [...above, attribute]
    const original = findAttribute(rfc, attribute.name)
    if (!original || !isNarrower(attribute, original)) return [pathText(path)]
    return lessStrict(subAttributesOf(attribute), subAttributesOf(original), path)
  })
}

t.test('the AWS tables are never less strict than the RFC tables', async t => {
  const strictest: Record<string, string> = { email: 'required', letterCase: 'sensitive', profileUrl: 'hide' }
  for (const switches of [{}, strictest]) {
    for (const type of typesOf(switches)) {
      const original = typeByName(loadProfile('rfc').schema.resourceTypes, type.name)
      t.same(lessStrict(type.attributes, original?.attributes ?? [], []), [], type.name)
    }
  }
})

const everyPath = (
  attributes: readonly Attribute[],
  above: readonly Attribute[] = [],
): readonly (readonly Attribute[])[] =>
  attributes.flatMap(attribute => {
    const path = [...above, attribute]
    return [path, ...everyPath(subAttributesOf(attribute), path)]
  })

const pathsWhere = (holds: (attribute: Attribute) => unknown, switches = {}) =>
  typesOf(switches).map(({ name, attributes }) => [
    name,
    everyPath(attributes)
      .filter(path => holds(path.at(-1) as Attribute))
      .map(pathText),
  ])

t.test('required, unique and single-valued attributes are those of AWS', async t => {
  t.same(
    pathsWhere(({ required, name }) => required && name !== 'schemas'),
    [
      ['User', ['userName', 'name', 'name.familyName', 'name.givenName', 'displayName']],
      ['Group', ['displayName']],
    ],
  )
  t.same(
    pathsWhere(({ uniqueness, name }) => uniqueness === 'server' && name !== 'id'),
    [
      ['User', ['externalId', 'userName', 'emails.value']],
      ['Group', ['externalId', 'displayName']],
    ],
  )
  t.same(
    pathsWhere(({ maxValues }) => maxValues === 1),
    [
      ['User', ['emails', 'addresses', 'phoneNumbers', 'roles']],
      ['Group', []],
    ],
  )
})

t.test('names are case-sensitive only if the tenant’s switch is set', async t => {
  const exact = (letterCase: string) =>
    pathsWhere(({ caseExact, uniqueness, name }) => uniqueness === 'server' && caseExact && name !== 'id', {
      letterCase,
    })
  t.same(exact('insensitive'), [
    ['User', ['externalId']],
    ['Group', ['externalId']],
  ])
  t.same(exact('sensitive'), [
    ['User', ['externalId', 'userName', 'emails.value']],
    ['Group', ['externalId', 'displayName']],
  ])
})

t.test('a user without "active" is inactive, unless the tenant’s switch is set', async t => {
  const byDefault = (switches = {}) =>
    typesOf(switches).flatMap(({ attributes }) => findAttribute(attributes, 'active')?.default ?? [])
  t.same(byDefault(), [false])
  t.same(byDefault({ activeDefault: 'true' }), [true])
})

t.test('attributes that AWS does not support are absent', async t => {
  const [user] = typesOf()
  const names = ['password', 'ims', 'photos', 'entitlements', 'x509Certificates']
  t.same(
    names.map(name => user && findAttribute(user.attributes, name)),
    names.map(() => undefined),
  )
  t.same(
    pathsWhere(({ name }) => name === 'display' || name === '$ref'),
    [
      ['User', ['groups.$ref', 'groups.display']],
      ['Group', ['members.$ref']],
    ],
  )
})
