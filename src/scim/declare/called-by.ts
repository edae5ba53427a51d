import type { Attribute } from '../attribute.ts'
import { userType } from '../core-types.ts'
import type { ResourceTypeDeclaration } from '../resource-types.ts'

/**
 * RFC 7643 has no characteristic for what a resource is called by, so it is guessed: these are names that the RFC's
 * own schemas and most others give to such attributes, the best first.
 */
const usualNames = ['userName', 'displayName', 'name', 'title', 'label']

type CalledBy = Pick<ResourceTypeDeclaration, 'labelledBy' | 'displayedBy' | 'enabledBy'>

/**
 * What resources of a declared type are called by, how they are shown, and what says whether they are in use. The
 * label is the first required string that is unique, or else one of a usual name, or the first that is required,
 * or the first of all, or the id. Labels of stored resources follow with their next change.
 */
export function calledBy(attributes: readonly Attribute[]): CalledBy {
  const texts = attributes.filter(isShownText)
  const usual = usualNames.flatMap(name => texts.filter(text => isCalled(text, name)))
  const label =
    texts.find(({ required, uniqueness }) => required && uniqueness !== 'none') ??
    usual[0] ??
    texts.find(({ required }) => required) ??
    texts[0]
  const labelledBy = label?.name ?? 'id'
  const display = usual.find(text => text !== label)
  const enabled = attributes.find(saysWhetherInUse)
  return {
    labelledBy,
    displayedBy: display?.name ?? labelledBy,
    ...(enabled && { enabledBy: enabled.name }),
  }
}

const isCalled = ({ name }: Attribute, wanted = '') => name.toLowerCase() === wanted.toLowerCase()

// A label is shown to people, and stands in the journal.
const isShownText = ({ type, multiValued, returned }: Attribute) =>
  type === 'string' && !multiValued && returned !== 'never'

const saysWhetherInUse = (attribute: Attribute) =>
  attribute.type === 'boolean' && !attribute.multiValued && isCalled(attribute, userType.enabledBy)
