import { z } from 'zod'
import { operation, tenantParams } from './operation.ts'

const schemas = {
  description: 'Schema resources as RFC 7643, section 7, writes them and /Schemas answers them.',
  example: [
    {
      id: 'urn:example:scim:schemas:Device',
      name: 'Device',
      attributes: [
        { name: 'serial', required: true, uniqueness: 'server', mutability: 'immutable' },
        { name: 'weight', type: 'decimal' },
      ],
    },
  ],
}

const resourceTypes = {
  description:
    'ResourceType resources as RFC 7643, section 6, writes them and /ResourceTypes answers them. One named User or Group adds schemaExtensions to that type.',
  example: [{ name: 'Device', endpoint: '/Devices', schema: 'urn:example:scim:schemas:Device' }],
}

const inForce = z
  .boolean()
  .meta({ description: 'Whether the profile serves them; that of AWS has types of its own.', example: true })

const schemaResource = z.looseObject({ id: z.string() })

const resourceTypeResource = z.looseObject({
  name: z.string(),
  endpoint: z.string().optional(),
  schema: z.string().optional(),
  schemaExtensions: z.array(z.looseObject({ schema: z.string() })).optional(),
})

const typesSchema = z
  .object({
    schemas: z.array(schemaResource).meta(schemas),
    resourceTypes: z.array(resourceTypeResource).meta(resourceTypes),
    inForce,
  })
  .meta({ id: 'Types', description: 'The resource types that a tenant declares beside those of the RFC.' })

export type Types = z.output<typeof typesSchema>

/** Declarations are checked behind the contract, which reports all mistakes of all of them at once. */
const anyObject = z.record(z.string(), z.unknown())

/** `inForce` may come back with what was read before, and means nothing then. */
const declarationsSchema = z
  .strictObject({
    schemas: z.array(anyObject).meta(schemas).default([]),
    resourceTypes: z.array(anyObject).meta(resourceTypes).default([]),
    inForce: inForce.optional(),
  })
  .meta({ description: 'All that is to be declared.' })

export type Declarations = z.output<typeof declarationsSchema>

export const operations = {
  showTypes: operation({
    method: 'GET',
    path: '/tenants/:tenant/types',
    summary: 'Show the resource types that a tenant declares',
    description: 'Those of the RFC are not among them; /ResourceTypes and /Schemas of the tenant list all.',
    tags: ['types'],
    params: tenantParams,
    response: { status: 200, description: 'What is declared.', schema: typesSchema },
    problems: [404],
  }),
  declareTypes: operation({
    method: 'PUT',
    path: '/tenants/:tenant/types',
    summary: 'Declare resource types',
    description:
      'Takes the place of all that was declared, and holds from the next request on. Nothing changes that would make stored resources unreadable: then the answer is 409, and `errors` says where.',
    tags: ['types'],
    params: tenantParams,
    body: declarationsSchema,
    response: { status: 200, description: 'What is declared now.', schema: typesSchema },
    problems: [400, 404, 409, 413, 415],
    changes: 'tenants',
  }),
  deleteTypes: operation({
    method: 'DELETE',
    path: '/tenants/:tenant/types',
    summary: 'Go back to the types of the RFC',
    tags: ['types'],
    params: tenantParams,
    response: { status: 204, description: 'Nothing is declared any more.' },
    problems: [404, 409],
    changes: 'tenants',
  }),
}
