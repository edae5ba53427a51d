import { randomUUID } from 'node:crypto'
import t from 'tap'
import { aGroup, aUser, enterpriseUrn, groupUrn, userUrn } from '../support/samples.ts'
import { buildTestApp, type ScimClient } from '../support/scim.ts'

type Attribute = {
  readonly name: string
  readonly type: 'string' | 'boolean' | 'reference' | 'binary' | 'complex'
  readonly multiValued: boolean
  readonly required: boolean
  readonly mutability: string
  readonly canonicalValues?: readonly string[]
  readonly referenceTypes?: readonly string[]
  readonly subAttributes?: readonly Attribute[]
}

const isClients = ({ mutability }: Attribute) => mutability !== 'readOnly'

/** The value of a client that relies only on /Schemas. */
async function sample(client: ScimClient, attribute: Attribute): Promise<unknown> {
  const value = await oneSample(client, attribute)
  return attribute.multiValued ? [value] : value
}

async function oneSample(client: ScimClient, attribute: Attribute): Promise<unknown> {
  const { type, canonicalValues, referenceTypes = [], subAttributes = [] } = attribute
  switch (type) {
    case 'boolean':
      return true
    case 'binary':
      return Buffer.from(randomUUID()).toString('base64')
    case 'reference':
      return referenceTypes.includes('User')
        ? (await client.create('Users', aUser(randomUUID()))).meta.location
        : `https://${randomUUID()}.example`
    case 'complex':
      return pointing(await filled(client, subAttributes.filter(isClients)))
    default:
      return canonicalValues?.[0] ?? randomUUID()
  }
}

async function filled(client: ScimClient, attributes: readonly Attribute[]) {
  const values: Record<string, unknown> = {}
  for (const attribute of attributes) values[attribute.name] = await sample(client, attribute)
  return values
}

/** For attributes with a `$ref`, the value is the id at its end. */
const pointing = (values: Readonly<Record<string, unknown>>) =>
  typeof values.$ref === 'string' ? { ...values, value: values.$ref.split('/').at(-1) } : values

for (const [urn, endpoint, body] of [
  [userUrn, 'Users', () => aUser(randomUUID())],
  [enterpriseUrn, 'Users', () => aUser(randomUUID())],
  [groupUrn, 'Groups', () => aGroup('Family')],
] as const)
  t.test(
    `R-152 R-170 R-179 R-183 R-190 writable attributes of ${urn} are added, replaced and removed as sent`,
    async t => {
      const { client } = await buildTestApp(t, 'rfc')
      const { attributes } = (await client.get(`/Schemas/${urn}`)).body as {
        attributes: readonly Attribute[]
      }
      for (const attribute of attributes.filter(isClients)) {
        const { name, required, mutability } = attribute
        const path = `${urn}:${name}`
        const { id } = await client.create(endpoint, body())
        const after = async (op: string, value?: unknown) => {
          const { status, body } = await client.patch(`/${endpoint}/${id}`, { op, path, value })
          t.equal(status, 200, `${op} ${name}: ${body.detail}`)
          t.same((await client.get(`/${endpoint}/${id}`)).body, body, 'the change is stored')
          return (urn === enterpriseUrn ? body[urn] : body)?.[name]
        }
        const shown = (value: unknown) => (mutability === 'writeOnly' ? undefined : value)
        for (const op of ['add', 'replace']) {
          const value = await sample(client, attribute)
          if (op === 'add' && attribute.multiValued) await after('remove')
          t.match(await after(op, value), shown(value), `${op} ${name}`)
        }
        if (!required) t.equal(await after('remove'), undefined, `remove ${name}`)
      }
    },
  )
