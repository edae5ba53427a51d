import type { Check } from '../../../check.ts'
import { expectStatus, expectThat, resourcesIn, shown, skip } from '../../../expect.ts'
import { isObject, type JsonObject } from '../../../json.ts'
import type { Stage } from '../../../stage.ts'
import { valuesAt } from '../../tools/attributes.ts'
import { expectNone } from '../../tools/places.ts'
import { checksOf } from '../checks-of.ts'
import { isBoolean, isText, nameOf, schemasOf } from './advertised.ts'
import { mappingsFromSchemas, schemasArea } from './areas.ts'

const typesOf = ({ service }: Stage): readonly JsonObject[] =>
  service.resourceTypes.length > 0 ? service.resourceTypes : skip('/ResourceTypes can’t be read.')

const schemaIds = (stage: Stage): readonly string[] =>
  schemasOf(stage).map(({ id }) => String(id).toLowerCase())

export const checks: readonly Check[] = checksOf(schemasArea, [
  ...(['name', 'endpoint', 'schema'] as const).map(name => ({
    id: `type-${name}`,
    level: 'MUST' as const,
    source: 'RFC 7643 §6',
    says: `Every resource type has ${name === 'endpoint' ? 'an' : 'a'} ${name}.`,
    requirements: ['R-154'],
    matters: mappingsFromSchemas,
    mend: `Return ${name} with every resource type.`,
    run: async (stage: Stage) =>
      expectNone(
        typesOf(stage)
          .filter(type => !isText(type[name]))
          .map(nameOf),
        `${name} of every resource type`,
      ),
  })),
  {
    id: 'type-schema-known',
    level: 'MUST',
    source: 'RFC 7643 §6',
    says: 'The schema of every resource type is among /Schemas.',
    requirements: ['R-154'],
    matters: mappingsFromSchemas,
    mend: 'List every schema that a resource type names.',
    run: async stage => {
      const ids = schemaIds(stage)
      const faults = typesOf(stage).filter(({ schema }) => !ids.includes(String(schema).toLowerCase()))
      expectNone(
        faults.map(({ schema }) => String(schema)),
        'every schema among /Schemas',
      )
    },
  },
  {
    id: 'type-extensions',
    level: 'MUST',
    source: 'RFC 7643 §6, erratum 7522',
    says: 'The schemaExtensions of a resource type are objects with a schema and required, true or false.',
    requirements: ['R-154'],
    matters: 'Clients can’t know what they have to send.',
    mend: 'Return each extension as {"schema": "urn:…", "required": false}.',
    run: async stage => {
      const faults = typesOf(stage).flatMap(({ schemaExtensions = [] }) =>
        Array.isArray(schemaExtensions)
          ? schemaExtensions.filter(one => !(isObject(one) && isText(one.schema) && isBoolean(one.required)))
          : [schemaExtensions],
      )
      expectThat(faults.length === 0, 'objects with schema and required', shown(faults))
    },
  },
  {
    id: 'type-extensions-known',
    level: 'MUST',
    source: 'RFC 7643 §6',
    says: 'Every extension that a resource type names is among /Schemas.',
    requirements: ['R-154'],
    matters: mappingsFromSchemas,
    mend: 'List the schemas of extensions too.',
    run: async stage => {
      const ids = schemaIds(stage)
      const named = typesOf(stage).flatMap(type =>
        valuesAt(type, 'schemaExtensions').map(({ schema }) => String(schema)),
      )
      expectNone(
        named.filter(urn => !ids.includes(urn.toLowerCase())),
        'every extension among /Schemas',
      )
    },
  },
  {
    id: 'type-endpoints-answer',
    level: 'MUST',
    source: 'RFC 7643 §6, RFC 7644 §3.4.2',
    says: 'Under the endpoint of every resource type there is a list of its resources.',
    requirements: ['R-154', 'R-158'],
    matters: 'Clients that are driven by discovery go there.',
    mend: 'Advertise types that are served, under the endpoint that they are served at.',
    run: async stage => {
      typesOf(stage)
      for (const { endpoint } of stage.types) {
        const answer = await stage.get(`${endpoint}?count=1`)
        expectStatus(answer, 200)
        resourcesIn(answer)
      }
    },
  },
  {
    id: 'type-endpoints-plural',
    level: 'SHOULD',
    source: 'RFC 7644 §3.2',
    says: 'Endpoints are named in the plural of their type.',
    requirements: ['R-158'],
    matters: 'People guess them so.',
    mend: 'Name the endpoint /Devices for the type Device.',
    run: async stage => {
      const faults = typesOf(stage)
        .map(({ endpoint }) => String(endpoint))
        .filter(one => !/(s|i|a|e|people|children)\/?$/i.test(one))
      expectNone(faults, 'endpoints in the plural')
    },
  },
])
