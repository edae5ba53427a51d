import type { Check } from '../../check.ts'
import type { JsonObject } from '../../json.ts'
import { enterpriseUrn } from '../../urns.ts'
import { expectKept } from '../tools/expect-kept.ts'
import { needs } from '../tools/offered.ts'
import { expectPatched, operation } from '../tools/patches.ts'
import { createUser } from '../tools/people.ts'
import { updateCheck } from './areas.ts'
import { workAddress } from './mapping.ts'
import { newValue } from './new-values.ts'
import { sources } from './sources.ts'

/** An attribute of the default mapping. */
type Mapped = {
  readonly name: string
  readonly path: string
  /** How a body has a first value of it. */
  readonly first: JsonObject
  readonly level?: 'MUST'
}

const ofPlace = (part: string): Mapped => ({
  name: `work-address-${part.toLowerCase()}`,
  path: `addresses[type eq "work"].${part}`,
  first: { addresses: [workAddress] },
})

const ofPhone = (type: string): Mapped => ({
  name: `${type}-phone`,
  path: `phoneNumbers[type eq "${type}"].value`,
  first: { phoneNumbers: [{ type, value: '+44 131 496 0100' }] },
})

const plain = (name: string): Mapped => ({ name, path: name, first: { [name]: 'first' } })

const ofEnterprise = (name: string): Mapped => ({
  name: `enterprise-${name.toLowerCase()}`,
  path: `${enterpriseUrn}:${name}`,
  first: { [enterpriseUrn]: { [name]: 'first' } },
})

const ofName = (part: string): Mapped => ({
  name: `name-${part.toLowerCase()}`,
  path: `name.${part}`,
  first: { name: { givenName: 'Mira', familyName: 'Holt', [part]: 'First' } },
})

const optional: readonly Mapped[] = [
  plain('title'),
  plain('preferredLanguage'),
  ofName('formatted'),
  ofPhone('work'),
  ofPhone('mobile'),
  ofPhone('fax'),
  ofPlace('formatted'),
  ofPlace('country'),
  ofEnterprise('employeeNumber'),
  ofEnterprise('department'),
]

const replaced: readonly Mapped[] = [
  { ...plain('displayName'), level: 'MUST' },
  ofName('givenName'),
  ofName('familyName'),
  { name: 'work-email', path: 'emails[type eq "work"].value', first: {}, level: 'MUST' },
  ofPhone('work'),
  ofPlace('streetAddress'),
  ofPlace('postalCode'),
  plain('title'),
  ofEnterprise('department'),
]

const kindOf = (path: string): string =>
  path.includes('[') ? 'element' : path.startsWith('urn:') ? 'enterprise attribute' : 'attribute'

const byAttribute = (op: 'Add' | 'Replace') => (attribute: Mapped) => {
  const { name, path, first, level } = attribute
  const elementMissing = op === 'Add' && path.includes('[')
  return updateCheck({
    id: `${op.toLowerCase()}-${name}`,
    ...(level && { level }),
    says:
      op === 'Replace'
        ? `Replace ${path} changes the value.`
        : `Add ${path} sets the value where ${elementMissing ? 'no such element is there, and makes one of that type' : 'none is there'}.`,
    source: elementMissing ? sources.missingElement : sources.compatibility,
    matters: `Entra ID’s default mapping has this ${kindOf(path)}; it sends ${op} for one that ${op === 'Add' ? 'the server shows without a value' : 'differs'}.`,
    mend: elementMissing
      ? 'Where a filter like [type eq "work"] matches no element, make one that matches, and set the value in it.'
      : 'Take op in any case, and paths with dots, filters and URNs.',
    ...(path.startsWith('urn:') && { needs: ['write', 'users', 'patch', 'enterprise'] as const }),
    effect: 'write',
    leadsTo: `${path} isn’t ${op === 'Add' ? 'set' : 'changed'} by ${op}.`,
    run: async stage => {
      needs(stage.users, path)
      const user = await createUser(stage, op === 'Add' ? {} : first)
      const value = newValue(stage, path)
      await expectPatched(stage, user.path, operation(op, path, value))
      await expectKept(stage, user.path, { [path]: value })
    },
  })
}

export const checks: readonly Check[] = [
  ...optional.map(byAttribute('Add')),
  ...replaced.map(byAttribute('Replace')),
]
