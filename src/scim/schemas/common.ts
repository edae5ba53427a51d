import { attribute } from '../attribute.ts'

/** RFC 7643 §3 and §3.1: what every resource has, whatever its schema. */
export const commonAttributes = [
  attribute('id', 'The identifier that the service provider gave the resource.', {
    caseExact: true,
    mutability: 'readOnly',
    returned: 'always',
    uniqueness: 'server',
  }),
  attribute('externalId', 'The identifier that the provisioning client gave the resource.', {
    caseExact: true,
    lookup: true,
  }),
  attribute('meta', 'What the service provider knows about the resource.', {
    type: 'complex',
    mutability: 'readOnly',
    subAttributes: [
      attribute('resourceType', 'The name of the resource type.', {
        caseExact: true,
        mutability: 'readOnly',
        typeName: true,
      }),
      attribute('created', 'When the resource was added.', { type: 'dateTime', mutability: 'readOnly' }),
      attribute('lastModified', 'When the resource last changed.', {
        type: 'dateTime',
        mutability: 'readOnly',
      }),
      attribute('location', 'The URI of the resource.', {
        type: 'reference',
        caseExact: true,
        mutability: 'readOnly',
        referenceTypes: ['uri'],
        unfiltered: true,
      }),
      attribute('version', 'The version of the resource.', {
        caseExact: true,
        mutability: 'readOnly',
        unfiltered: true,
      }),
    ],
  }),
  attribute('schemas', 'The URNs of the schemas that the resource follows.', {
    type: 'reference',
    caseExact: true,
    multiValued: true,
    required: true,
    returned: 'always',
    referenceTypes: ['uri'],
  }),
] as const
