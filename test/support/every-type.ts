import type { Declarations } from '../../src/scim/declare/declarations.ts'

export const sensorUrn = 'urn:example:scim:schemas:Sensor'
export const siteUrn = 'urn:example:scim:schemas:extension:Site'
export const badgeUrn = 'urn:example:scim:schemas:extension:Badge'

/** Declared in the format of RFC 7643 §6 and §7: a type with each data type and characteristic, and two extensions. */
export const sensors: Declarations = {
  schemas: [
    {
      id: sensorUrn,
      name: 'Sensor',
      description: 'A measuring device.',
      attributes: [
        { name: 'serial', required: true, caseExact: true, mutability: 'immutable', uniqueness: 'server' },
        { name: 'label', description: 'What people call it.' },
        { name: 'code', uniqueness: 'global' },
        { name: 'kind', canonicalValues: ['thermometer', 'barometer'] },
        { name: 'channels', type: 'integer' },
        { name: 'accuracy', type: 'decimal' },
        { name: 'calibrated', type: 'dateTime' },
        { name: 'firmware', type: 'binary' },
        { name: 'manual', type: 'reference', referenceTypes: ['external'] },
        { name: 'active', type: 'boolean' },
        { name: 'tags', multiValued: true },
        { name: 'lots', type: 'integer', multiValued: true },
        {
          name: 'place',
          type: 'complex',
          subAttributes: [
            { name: 'room', required: true },
            { name: 'floor', type: 'integer', mutability: 'immutable' },
            { name: 'plan', type: 'reference', mutability: 'readOnly' },
          ],
        },
        {
          name: 'readings',
          type: 'complex',
          multiValued: true,
          subAttributes: [
            { name: 'value', type: 'decimal' },
            { name: 'at', type: 'dateTime' },
            { name: 'note', caseExact: true },
          ],
        },
        { name: 'uptime', type: 'integer', mutability: 'readOnly' },
        { name: 'pin', mutability: 'writeOnly' },
        { name: 'inventory', returned: 'always' },
        { name: 'log', returned: 'request' },
        { name: 'installed', type: 'dateTime', mutability: 'immutable' },
      ],
    },
    {
      id: siteUrn,
      name: 'Site',
      attributes: [
        { name: 'plant', required: true },
        {
          name: 'contacts',
          type: 'complex',
          multiValued: true,
          subAttributes: [{ name: 'value' }, { name: 'type' }],
        },
        { name: 'hidden', returned: 'request' },
      ],
    },
    {
      id: badgeUrn,
      name: 'Badge',
      attributes: [
        { name: 'number', type: 'integer', uniqueness: 'server' },
        { name: 'issued', type: 'dateTime', mutability: 'immutable' },
        { name: 'code', mutability: 'writeOnly' },
        { name: 'colors', multiValued: true, canonicalValues: ['red', 'green'] },
      ],
    },
  ],
  resourceTypes: [
    {
      name: 'Sensor',
      endpoint: '/Sensors',
      description: 'Sensors',
      schema: sensorUrn,
      schemaExtensions: [{ schema: siteUrn, required: true }],
    },
    { name: 'User', schemaExtensions: [{ schema: badgeUrn, required: false }] },
  ],
}

/** A body for a sensor. */
export const aSensor = (serial: string, more: object = {}) => ({
  schemas: [sensorUrn, siteUrn],
  serial,
  [siteUrn]: { plant: 'North' },
  ...more,
})
