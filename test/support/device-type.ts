import { attribute } from '../../src/scim/attribute.ts'
import { resourceType } from '../../src/scim/resource-types.ts'

export const deviceUrn = 'urn:example:scim:schemas:Device'
export const warrantyUrn = 'urn:example:scim:schemas:extension:Warranty'

/** A type with what the RFC's own types lack: every type of attribute, every mutability, every `returned`. */
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
      attribute('ports', 'How many ports it has.', { type: 'integer' }),
      attribute('weight', 'In kilograms.', { type: 'decimal' }),
      attribute('bought', 'When it was bought.', { type: 'dateTime' }),
      attribute('firmware', 'Its firmware.', { type: 'binary', caseExact: true }),
      attribute('manual', 'Where its manual is.', {
        type: 'reference',
        caseExact: true,
        referenceTypes: ['external'],
      }),
      attribute('inUse', 'Whether it is in use.', { type: 'boolean', default: true }),
      attribute('colours', 'Its colours.', { multiValued: true, lookup: true }),
      attribute('pin', 'The secret that unlocks it.', {
        mutability: 'writeOnly',
        returned: 'never',
        caseExact: true,
      }),
      attribute('notes', 'Long notes.', { returned: 'request' }),
      attribute('tag', 'Its inventory tag.', { returned: 'always' }),
      attribute('maker', 'Who made it.', {
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
          attribute('contacts', 'Whom to call.', {
            type: 'complex',
            multiValued: true,
            subAttributes: [attribute('value', 'A phone number.'), attribute('type', 'What for.')],
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
