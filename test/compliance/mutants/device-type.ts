import type { Declarations } from '../../../src/scim/declare/declarations.ts'
import type { JsonObject } from '../../../src/scim/json.ts'

const urn = 'urn:example:scim:schemas:Device'
const attribute = (name: string, more: JsonObject = {}) => ({
  name,
  type: 'string',
  description: name,
  ...more,
})

/** A custom type with kinds of attributes that users and groups don't have. */
export const deviceType: Declarations = {
  schemas: [
    {
      id: urn,
      name: 'Device',
      description: 'Device',
      attributes: [
        attribute('serial', { required: true, uniqueness: 'server', mutability: 'immutable' }),
        attribute('label'),
        attribute('ports', { type: 'integer' }),
        attribute('weight', { type: 'decimal' }),
        attribute('bought', { type: 'dateTime' }),
        attribute('notes', { returned: 'request' }),
      ],
    },
  ],
  resourceTypes: [{ name: 'Device', endpoint: '/Devices', description: 'Device', schema: urn }],
}
