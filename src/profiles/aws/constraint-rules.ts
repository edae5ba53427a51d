import type { JsonObject } from '../../scim/json.ts'
import type { Choices } from './choices.ts'
import { type ConstraintKind, type Failure, failuresIn, failureText } from './constraints.ts'
import type { DocumentRule, DocumentSubject } from './document.ts'
import { sources } from './sources.ts'

/** Finding the failures walks the whole document, and several rules ask about them. */
const rememberingFailures = ({ spaceInUserName }: Choices) => {
  const known = new WeakMap<JsonObject, readonly Failure[]>()
  return ({ type, document }: DocumentSubject): readonly Failure[] => {
    const failures = known.get(document) ?? failuresIn(type, document, { spaceInUserName })
    known.set(document, failures)
    return failures
  }
}

/** What AWS's model refuses; each text tells of all that it refuses at once. */
export const constraintRules = (choices: Choices): readonly DocumentRule[] => {
  const failures = rememberingFailures(choices)
  const fails = (kind: ConstraintKind) => ({
    brokenBy: (subject: DocumentSubject) => failures(subject).some(failure => failure.kind === kind),
    detail: (subject: DocumentSubject) => failureText(failures(subject)),
  })
  return [
    {
      id: 'aws/required-attributes',
      says: 'A user has a `userName`, a `displayName`, a `name.givenName` and a `name.familyName`; a group has a `displayName`.',
      source: sources.createUser,
      basis: 'documented',
      ...fails('required'),
    },
    {
      id: 'aws/no-empty-text',
      says: 'No text but a `type` is empty, not even the manager’s id. What is unknown is left out or null.',
      source: sources.cloudTrail,
      basis: 'documented',
      ...fails('empty'),
    },
    {
      id: 'aws/text-length',
      says: 'A text has at most 1,024 characters; a `userName` 128, an `externalId` 256.',
      source: sources.model,
      basis: 'documented',
      ...fails('long'),
    },
    {
      id: 'aws/text-characters',
      says: 'Texts consist of letters, marks, symbols, numbers, punctuation, blanks and line breaks; `userName` and `externalId` have no white space.',
      source: sources.cloudTrail,
      basis: 'documented',
      ...fails('pattern'),
    },
  ]
}
