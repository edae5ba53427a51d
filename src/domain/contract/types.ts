import * as z from 'zod'
import { describe, destroy, flag, read, returns, returnsNothing, write } from './operation.ts'

const schemas = {
  description: 'Schema resources as in RFC 7643, section 7, and as /Schemas returns them.',
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
    'ResourceType resources as in RFC 7643, section 6, and as /ResourceTypes returns them. A type named User or Group adds schemaExtensions to that type.',
  example: [{ name: 'Device', endpoint: '/Devices', schema: 'urn:example:scim:schemas:Device' }],
}

const active = flag('Whether the profile serves them; the types of the AWS profile are fixed.', true)

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
    active,
  })
  .meta({
    id: 'Types',
    description: 'The resource types that a tenant declares in addition to those of the RFC.',
  })

export type Types = z.output<typeof typesSchema>

/** The server checks declarations after parsing, so that it can report all mistakes together. */
const anyObject = z.record(z.string(), z.unknown())

/** `active` is accepted, so that a response can be sent back, and ignored. */
const declarationsSchema = z
  .strictObject({
    schemas: z.array(anyObject).meta(schemas).default([]),
    resourceTypes: z.array(anyObject).meta(resourceTypes).default([]),
    active: active.optional(),
  })
  .meta({ description: 'The complete declarations.' })

export type Declarations = z.output<typeof declarationsSchema>

export const operations = describe('types', {
  getTypes: read(
    'GET /tenants/:tenant/types',
    'Show the resource types that a tenant declares',
    returns(typesSchema, 'The declarations.'),
    { description: 'Without those of the RFC; /ResourceTypes and /Schemas of the tenant list all.' },
  ),
  declareTypes: write(
    'PUT /tenants/:tenant/types',
    'Declare resource types',
    returns(typesSchema, 'The declarations.'),
    {
      description:
        'Replaces the previous declarations, effective with the next request. Declarations that would make stored resources unreadable are rejected with 409, and `errors` lists the places. Without a previous schema or resource type it needs `destroy`, as their deletion does.',
      body: declarationsSchema,
      changes: 'tenants',
      also: [409, 429],
    },
  ),
  deleteTypes: destroy(
    'DELETE /tenants/:tenant/types',
    'Delete the declared resource types',
    returnsNothing('The declarations are deleted.'),
    { changes: 'tenants', also: [409, 429] },
  ),
})
