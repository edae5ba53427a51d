import { attribute } from '../attribute.ts'
import type { Schema } from '../resource-types.ts'

/** RFC 7643 §4.3, with erratum 8472 (`manager.value` is case exact). */
export const enterpriseUserSchema: Schema = {
  id: 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User',
  name: 'EnterpriseUser',
  description: 'Enterprise User',
  attributes: [
    attribute('employeeNumber', 'The number or code that the organisation gave the person.'),
    attribute('costCenter', 'The name of a cost centre.'),
    attribute('organization', 'The name of an organisation.'),
    attribute('division', 'The name of a division.'),
    attribute('department', 'The name of a department.'),
    attribute('manager', "The user's manager.", {
      type: 'complex',
      subAttributes: [
        attribute('value', 'The id of the user who is the manager.', {
          caseExact: true,
          lookup: true,
          refersTo: ['User'],
        }),
        attribute('$ref', 'The URI of the user who is the manager.', {
          type: 'reference',
          caseExact: true,
          referenceTypes: ['User'],
          derived: 'uri',
        }),
        attribute('displayName', "The manager's display name.", {
          mutability: 'readOnly',
          derived: 'display',
        }),
      ],
    }),
  ],
}
