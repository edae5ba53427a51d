import { attribute } from '../../src/scim/attribute.ts'
import { resourceType } from '../../src/scim/resource-types.ts'

const vaultUrn = 'urn:example:scim:schemas:Vault'
export const alarmUrn = 'urn:example:scim:schemas:extension:Alarm'

/** A type with secrets at each possible place. */
export const vaultType = resourceType({
  name: 'Vault',
  endpoint: '/Vaults',
  description: 'Vault',
  schema: {
    id: vaultUrn,
    name: 'Vault',
    description: 'Vault',
    attributes: [
      attribute('name', 'Its name.', { required: true }),
      attribute('pin', 'The code that opens it.', {
        required: true,
        mutability: 'writeOnly',
        returned: 'never',
      }),
      attribute('serial', 'A number that is never returned.', { mutability: 'immutable', returned: 'never' }),
      attribute('year', 'The year of manufacture.', { type: 'integer', returned: 'never' }),
      attribute('owner', 'The owner.', {
        type: 'complex',
        subAttributes: [
          attribute('login', 'The name.'),
          attribute('phrase', 'The pass phrase.', { mutability: 'writeOnly', returned: 'never' }),
        ],
      }),
      attribute('hints', 'Hints for the PIN.', {
        type: 'complex',
        returned: 'never',
        subAttributes: [attribute('first', 'The first hint.'), attribute('second', 'The second hint.')],
      }),
      attribute('keys', 'Keys.', {
        type: 'complex',
        multiValued: true,
        subAttributes: [
          attribute('value', 'Which.'),
          attribute('code', 'The code on the key.', {
            required: true,
            mutability: 'writeOnly',
            returned: 'never',
          }),
        ],
      }),
      attribute('words', 'Words.', { multiValued: true, required: true, returned: 'never' }),
    ],
  },
  extensions: [
    {
      schema: {
        id: alarmUrn,
        name: 'Alarm',
        description: 'Alarm',
        attributes: [
          attribute('level', 'How loud.', { type: 'integer' }),
          attribute('stop', 'The code that stops the alarm.', { mutability: 'writeOnly', returned: 'never' }),
        ],
      },
      required: false,
    },
  ],
  labelAttribute: 'name',
  displayAttribute: 'name',
})

export const aVault = (more: object = {}) => ({ schemas: [vaultUrn], name: 'V', pin: 'p1', ...more })
