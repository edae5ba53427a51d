import { attribute } from '../../src/scim/attribute.ts'
import { resourceType } from '../../src/scim/resource-types.ts'

export const deviceUrn = 'urn:example:scim:schemas:Device'
export const warrantyUrn = 'urn:example:scim:schemas:extension:Warranty'

/** A type with all that the RFC's own types lack: each type of attribute, each mutability, each `returned`. */
export const deviceType = resourceType({
  name: 'Device',
  endpoint: '/Devices',
  description: 'Device',
  schema: {
    id: deviceUrn,
    name: 'Device',
    description: 'Device',
    attributes: [
      attribute('serial', 'Its number.', {
        required: true,
        uniqueness: 'global',
        mutability: 'immutable',
        caseExact: true,
      }),
      attribute('label', 'Its name.'),
      attribute('ports', 'The number of ports.', { type: 'integer' }),
      attribute('weight', 'In kilograms.', { type: 'decimal' }),
      attribute('bought', 'The date of purchase.', { type: 'dateTime' }),
      attribute('firmware', 'Its firmware.', { type: 'binary', caseExact: true }),
      attribute('manual', 'The URL of its manual.', {
        type: 'reference',
        caseExact: true,
        referenceTypes: ['external'],
      }),
      attribute('inUse', 'Whether it is in use.', { type: 'boolean', default: true }),
      attribute('colors', 'Its colors.', { multiValued: true, lookup: true }),
      attribute('pin', 'The secret that unlocks it.', {
        mutability: 'writeOnly',
        returned: 'never',
        caseExact: true,
      }),
      attribute('notes', 'Long notes.', { returned: 'request' }),
      attribute('tag', 'Its inventory tag.', { returned: 'always' }),
      attribute('maker', 'The manufacturer.', {
        type: 'complex',
        subAttributes: [
          attribute('name', 'The name.', { required: true }),
          attribute('country', 'The country.', { mutability: 'immutable' }),
          attribute('rating', "The maker's rating.", { mutability: 'readOnly' }),
        ],
      }),
    ],
  },
  extensions: [
    {
      schema: {
        id: warrantyUrn,
        name: 'Warranty',
        description: 'Warranty',
        attributes: [
          attribute('contract', "The contract's number.", { required: true, uniqueness: 'server' }),
          attribute('contacts', 'Contacts for repairs.', {
            type: 'complex',
            multiValued: true,
            subAttributes: [attribute('value', 'A phone number.'), attribute('type', 'The kind of contact.')],
          }),
        ],
      },
      required: true,
    },
  ],
  labelAttribute: 'serial',
  displayAttribute: 'label',
  enabledAttribute: 'inUse',
})

export const aDevice = (more: object = {}) => ({
  schemas: [deviceUrn, warrantyUrn],
  serial: 'S-1',
  [warrantyUrn]: { contract: 'C-1' },
  ...more,
})
