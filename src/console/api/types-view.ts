import { z } from 'zod'
import { hasFixedTypes } from '../../profiles/index.ts'
import type { Tenant } from '../../tenants/tenant.ts'

const schemas = z.array(z.record(z.string(), z.unknown())).meta({
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
})

const resourceTypes = z.array(z.record(z.string(), z.unknown())).meta({
  description:
    'ResourceType resources as RFC 7643, section 6, writes them and /ResourceTypes answers them. One named User or Group adds schemaExtensions to that type.',
  example: [{ name: 'Device', endpoint: '/Devices', schema: 'urn:example:scim:schemas:Device' }],
})

const inForce = z
  .boolean()
  .meta({ description: 'Whether the profile serves them; that of AWS has types of its own.', example: true })

export const typesSchema = z
  .object({ schemas, resourceTypes, inForce })
  .meta({ id: 'Types', description: 'The resource types that a tenant declares beside those of the RFC.' })

/** `inForce` may come back with what was read before, and means nothing then. */
export const declarationsSchema = z
  .strictObject({
    schemas: schemas.default([]),
    resourceTypes: resourceTypes.default([]),
    inForce: inForce.optional(),
  })
  .meta({ description: 'All that is to be declared.' })

export const viewTypes = ({ declared, settings }: Tenant): z.output<typeof typesSchema> => ({
  schemas: [...declared.schemas],
  resourceTypes: [...declared.resourceTypes],
  inForce: !hasFixedTypes(settings.profile),
})
