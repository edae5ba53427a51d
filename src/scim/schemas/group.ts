import { attribute } from '../attribute.ts'
import type { Schema } from '../resource-types.ts'

/**
 * RFC 7643 §4.2 and §8.7.1, with errata 5368 (`displayName` is required) and 6011 (`members.display`). A member's
 * `type` and `display` are read-only rather than immutable, for they are those of the resource that `value` names,
 * whatever a client sends.
 */
export const groupSchema: Schema = {
  id: 'urn:ietf:params:scim:schemas:core:2.0:Group',
  name: 'Group',
  description: 'Group',
  attributes: [
    attribute('displayName', 'The name of the group, for people.', { required: true, lookup: true }),
    attribute('members', 'The members of the group.', {
      type: 'complex',
      multiValued: true,
      relation: 'members',
      subAttributes: [
        attribute('value', 'The id of the member.', {
          caseExact: true,
          mutability: 'immutable',
          refersTo: ['User', 'Group'],
        }),
        attribute('$ref', 'The URI of the member.', {
          type: 'reference',
          caseExact: true,
          mutability: 'immutable',
          referenceTypes: ['User', 'Group'],
          derived: 'uri',
        }),
        attribute('type', 'The type of the member.', {
          mutability: 'readOnly',
          canonicalValues: ['User', 'Group'],
          derived: 'type',
        }),
        attribute('display', 'The name of the member, for people.', {
          mutability: 'readOnly',
          derived: 'display',
        }),
      ],
    }),
  ],
}
