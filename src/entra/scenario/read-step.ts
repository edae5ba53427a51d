import { isObject } from '../../scim/json.ts'
import type { MistakeList } from '../mapping-fields.ts'
import { readExpectation } from './read-expectation.ts'
import type { Step } from './scenario.ts'
import { StepFields } from './step-fields.ts'
import { verbs } from './verbs.ts'

/** One step of a scenario: `{"do": "disable", "who": "barney.gumble@springfield.example", "expect": {…}}`. */
export function readStep(given: unknown, place: string, mistakes: MistakeList): Step | undefined {
  const verb = isObject(given) ? given.do : undefined
  const reader = typeof verb === 'string' && Object.hasOwn(verbs, verb) ? verbs[verb] : undefined
  if (!isObject(given) || !reader) {
    const known = Object.keys(verbs).join(', ')
    mistakes.add(place, `has to be an object with "do": one of ${known}.`)
    return undefined
  }
  const fields = mistakes.fieldsOf(given, place, ['do', 'says', 'expect', ...reader.members]) ?? {}
  const says = mistakes.text(fields, 'says', place, 'optional')
  const expect = readExpectation(fields.expect, `${place}.expect`, mistakes)
  const action = reader.read(new StepFields(fields, place, mistakes))
  return { place, action, expect, ...(says !== undefined && { says }) }
}
