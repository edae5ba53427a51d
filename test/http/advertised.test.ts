import t from 'tap'
import { certificate } from '../support/certificate.ts'
import { aUser, enterpriseUrn, groupUrn, userUrn } from '../support/samples.ts'
import { buildTestApp, type ScimClient } from '../support/scim.ts'
import { isScimError } from '../support/scim-error.ts'

type Attribute = {
  readonly name: string
  readonly type: 'string' | 'boolean' | 'reference' | 'binary' | 'complex'
  readonly multiValued: boolean
  readonly required: boolean
  readonly mutability: string
  readonly returned: string
  readonly caseExact?: boolean
  readonly subAttributes?: readonly Attribute[]
}
type Values = Readonly<Record<string, unknown>>

const right = { string: 'Text', boolean: true, reference: 'https://x.example/', binary: certificate }
const wrong = { string: 7, boolean: 'true', reference: false, binary: '***', complex: 'text' }

/** A valid value of an attribute; by name where it has rules beyond its type. */
const special: Values = { country: 'DE' }

const sampleOf = ({ name, type, subAttributes = [] }: Attribute): unknown =>
  type === 'complex'
    ? Object.fromEntries(subAttributes.filter(isClients).map(sub => [sub.name, sampleOf(sub)]))
    : (special[name] ?? right[type])

const listed = ({ multiValued }: Attribute, value: unknown) => (multiValued ? [value] : value)

const isClients = ({ mutability, name }: Attribute) => mutability !== 'readOnly' && name !== '$ref'

const attributesOf = async (client: ScimClient, urn: string): Promise<readonly Attribute[]> =>
  (await client.get(`/Schemas/${urn}`)).body.attributes

/** Puts values of extensions below their URN. */
const within = (urn: string, values: Values): Values => (urn === userUrn ? values : { [urn]: values })

for (const urn of [userUrn, enterpriseUrn])
  t.test(
    `R-152 R-030 R-033 R-035 R-059 the attributes of ${urn} behave as /Schemas describes them`,
    async t => {
      const { client } = await buildTestApp(t, 'rfc')
      const manager = await client.create('Users', aUser('boss'))
      for (const [at, attribute] of (await attributesOf(client, urn)).entries()) {
        const { name, type, multiValued, mutability, returned, subAttributes = [] } = attribute
        if (name === 'userName') continue
        const userName = `user-${at}`
        const value = name === 'manager' ? { value: manager.id } : sampleOf(attribute)
        const taken = await client.post(
          '/Users',
          aUser(userName, within(urn, { [name]: listed(attribute, value) })),
        )
        t.equal(taken.status, 201, `${name}: ${JSON.stringify(taken.body)}`)
        const shown = urn === userUrn ? taken.body : taken.body[urn]
        const isShown = mutability !== 'readOnly' && returned !== 'never'
        t.match(
          shown?.[name],
          isShown ? listed(attribute, value) : undefined,
          `${name} is ${mutability}, ${returned}`,
        )
        if (mutability === 'readOnly') continue

        const rejections = [
          listed(attribute, wrong[type]),
          multiValued ? value : [value],
          ...subAttributes
            .filter(isClients)
            .flatMap(sub =>
              [wrong[sub.type], { deeper: 'x' }].map(part => listed(attribute, { [sub.name]: part })),
            ),
        ]
        for (const rejected of rejections)
          isScimError(
            t,
            await client.post('/Users', aUser('nobody', within(urn, { [name]: rejected }))),
            { status: 400, scimType: 'invalidValue', detail: new RegExp(name) },
            `${name}: ${JSON.stringify(rejected)}`,
          )
      }
    },
  )

t.test('R-152 R-110 a filter ignores case for attributes that /Schemas lists as not case exact', async t => {
  const { client } = await buildTestApp(t, 'rfc')
  const attributes = (await attributesOf(client, userUrn)).filter(
    ({ type, multiValued, returned }) =>
      ['string', 'reference'].includes(type) && !multiValued && returned !== 'never',
  )
  const values = Object.fromEntries(attributes.map(({ name }) => [name, `Text-${name}`]))
  await client.create('Users', { schemas: [userUrn], ...values })
  for (const { name, caseExact } of attributes) {
    const found = async (text: string) =>
      (await client.get(`/Users?filter=${encodeURIComponent(`${name} eq "${text}"`)}`)).body.totalResults
    t.same(
      [await found(`Text-${name}`), await found(`TEXT-${name.toUpperCase()}`)],
      [1, caseExact ? 0 : 1],
      name,
    )
  }
})

t.test('R-152 R-035 the descriptions in /Schemas are consistent', async t => {
  const { client } = await buildTestApp(t, 'rfc')
  const types = ['string', 'boolean', 'decimal', 'integer', 'dateTime', 'reference', 'binary', 'complex']
  const inconsistent: unknown[] = []
  const check = (attribute: Readonly<Record<string, unknown>>, at: string, below: boolean) => {
    const { type, mutability, returned, subAttributes } = attribute
    const isConsistent =
      types.includes(String(type)) &&
      !(below && type === 'complex') &&
      ['readOnly', 'readWrite', 'immutable', 'writeOnly'].includes(String(mutability)) &&
      ['always', 'never', 'default', 'request'].includes(String(returned)) &&
      'subAttributes' in attribute === (type === 'complex') &&
      'referenceTypes' in attribute === (type === 'reference') &&
      ('caseExact' in attribute && 'uniqueness' in attribute) === (type !== 'complex')
    if (!isConsistent) inconsistent.push({ at, attribute })
    for (const sub of (subAttributes ?? []) as readonly Readonly<Record<string, unknown>>[])
      check(sub, `${at}.${sub.name}`, true)
  }
  for (const urn of [userUrn, groupUrn, enterpriseUrn])
    for (const attribute of (await client.get(`/Schemas/${urn}`)).body.attributes)
      check(attribute, attribute.name, false)
  t.same(inconsistent, [])
})
