import type { Check } from '../../check.ts'
import { expectStatus, expectThat, listedResources, skip } from '../../expect.ts'
import { overNames } from '../forms.ts'
import { expectNoFaults } from '../steps/attribute-places.ts'
import {
  listsSchemasOfTypes,
  requiresOnlyDeclared,
  returnsOnlyDeclared,
  storesDeclared,
  typesOf,
} from '../steps/declared.ts'
import { sentUserName } from '../steps/users-and-groups.ts'
import { creationCheck, describedCheck, discoveryCheck, schemasCheck } from './areas.ts'

const drivenByDiscovery =
  'Clients read what the server supports instead of being configured for it, and rely on each statement.'

const creates = (name: string, of: 'users' | 'groups'): Check =>
  creationCheck(name, 'IP-03', '5.1', 'MUST', {
    description: `POST with the attributes that the schema requires creates one of the ${of}.`,
    rationale: 'Clients can’t create anything, and most checks can’t be run.',
    remedy: `Accept these attributes, declare others as required, or name them in a file: --with ${of === 'users' ? 'User' : 'Group'}=file.json.`,
    needs: ['write', of],
    request: { post: {}, of },
    expect: { status: [201] },
  })

const discoveryChecks: readonly Check[] = [
  discoveryCheck('endpoints', 'IP-02', '5.1', 'MUST', {
    description: '/ServiceProviderConfig, /Schemas and /ResourceTypes return what they are named after.',
    rationale: drivenByDiscovery,
    remedy: 'Serve the three endpoints, the latter two as lists with at least one entry.',
    each: {
      ...overNames(['/ServiceProviderConfig'], get => ({ request: { get }, expect: { status: [200] } })).each,
      ...overNames(['/Schemas', '/ResourceTypes'], path => async context => {
        const response = await context.get(path)
        expectStatus(response, 200)
        const { length } = listedResources(response)
        expectThat(length > 0, 'at least one entry in Resources', length, response, 'missing')
      }).each,
    },
  }),
  describedCheck('schemas-of-types', 'IP-04', '5.1', 'MUST', {
    description: '/Schemas contains each schema that a resource type refers to, also those of extensions.',
    rationale: 'Clients can’t map attributes whose schema they don’t find.',
    remedy: 'List the schema and all schemaExtensions of every resource type at /Schemas.',
    ...listsSchemasOfTypes,
  }),
  describedCheck('type-id', 'IP-05', '5.1', 'MUST', {
    description: 'Each resource type has an id, which equals its name.',
    rationale: 'Clients refer to a resource type by its id.',
    remedy: 'Return id with each resource type, with the value of name.',
    run: async context => {
      const wrong = typesOf(context).filter(({ id, name }) => typeof id !== 'string' || id !== name)
      expectNoFaults(
        wrong.map(({ id, name }) => `${JSON.stringify(name)} has the id ${JSON.stringify(id)}`),
        'id of every resource type to equal its name',
      )
    },
  }),
  describedCheck('one-endpoint', 'IP-12', '6.1', 'MUST', {
    description: 'No two resource types share an endpoint.',
    rationale: 'From a shared endpoint, a client gets resources of types that it did not request.',
    remedy: 'Serve each resource type at an endpoint of its own.',
    run: async context => {
      const endpoints = typesOf(context).map(({ endpoint }) =>
        String(endpoint).replace(/\/$/, '').toLowerCase(),
      )
      const shared = endpoints.filter((one, index) => endpoints.indexOf(one) < index)
      expectNoFaults(shared, 'an endpoint of its own for every resource type')
    },
  }),
  discoveryCheck('by-id-only', 'IP-13', '6.1', 'MUST', {
    description: 'GET /Users/{userName} returns 404: only the id addresses a resource.',
    rationale: 'If two paths lead to one resource, a userName could also be the id of another.',
    remedy: 'Look up the last part of the path as an id, and nothing else.',
    needs: ['write', 'users'],
    after: ['probe/create'],
    given: { user: true },
    request: ({ context, user }) => {
      const name = sentUserName(user)
      if (name.toLowerCase() === user.id.toLowerCase()) skip('The server uses the userName as the id.')
      return { get: `${context.users.endpoint}/${encodeURIComponent(name)}` }
    },
    expect: { status: [404] },
  }),
]

const ofSchemas: readonly Check[] = [
  creates('create-user', 'users'),
  creates('create-group', 'groups'),
  schemasCheck('required', 'IP-03', '5.1', 'MUST', {
    description: 'A create needs no attributes but those that the schemas declare as required.',
    rationale: 'Clients build requests from the schemas, and are rejected.',
    remedy: 'Declare each attribute as required without which a create is rejected.',
    ...requiresOnlyDeclared,
  }),
  schemasCheck('stored', 'IP-03', '5.1', 'MUST', {
    description: 'Every attribute that the schemas declare as writable is accepted, stored and returned.',
    rationale:
      'Clients send what the schemas declare. Values that are lost look like changes in every cycle.',
    remedy: 'Store and return the attribute, or remove it from the schema.',
    ...storesDeclared,
  }),
  schemasCheck('returned', 'IP-03', '5.1', 'MUST', {
    description: 'The schemas declare every attribute that the server returns.',
    rationale: 'Clients don’t use attributes that no schema declares.',
    remedy: 'Declare the attribute, or don’t return it.',
    ...returnsOnlyDeclared,
  }),
  schemasCheck('canonical-types', 'IP-11', '5.4', 'MUST', {
    description: 'Each multi-valued complex attribute with a type declares the canonicalValues of the type.',
    rationale: 'Clients may only send declared types, so without any they can’t send a second value.',
    remedy: 'List the accepted types in the canonicalValues of the sub-attribute type.',
    needs: [],
    after: ['interop/discovery/schemas-of-types'],
    run: async ({ types }) => {
      const lacking = types.flatMap(({ name, attributes, extensions }) =>
        [attributes, ...extensions.map(one => one.attributes)]
          .flat()
          .filter(
            ({ multiValued, subAttributes }) =>
              multiValued &&
              subAttributes.some(
                one => one.name.toLowerCase() === 'type' && one.canonicalValues.length === 0,
              ),
          )
          .map(attribute => `${name}.${attribute.name}.type`),
      )
      expectNoFaults(lacking, 'canonicalValues of every type')
    },
  }),
]

export const schemaChecks: readonly Check[] = [...discoveryChecks, ...ofSchemas]
