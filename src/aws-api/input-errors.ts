import { ApiError } from './api-error.ts'

export type Constraint =
  | { readonly kind: 'required' }
  | { readonly kind: 'pattern'; readonly pattern: string }
  | { readonly kind: 'enum'; readonly values: readonly string[] }
  | { readonly kind: LimitKind; readonly limit: number }
  | { readonly kind: 'keys'; readonly constraints: readonly Constraint[] }
  | { readonly kind: 'union'; readonly names: readonly string[] }

type LimitKind = 'least-length' | 'greatest-length' | 'least-value' | 'greatest-value'

export type Violation = {
  readonly path: string
  readonly constraint: Constraint
  /** Absent if it is secret or not a simple value; null for a missing member. */
  readonly value?: string | null
}

const limitTexts: Readonly<Record<LimitKind, string>> = {
  'least-length': 'Member must have length greater than or equal to',
  'greatest-length': 'Member must have length less than or equal to',
  'least-value': 'Member must have value greater than or equal to',
  'greatest-value': 'Member must have value less than or equal to',
}

function constraintText(constraint: Constraint): string {
  switch (constraint.kind) {
    case 'required':
      return 'Member must not be null'
    case 'pattern':
      return `Member must satisfy regular expression pattern: ${constraint.pattern}`
    case 'enum':
      return `Member must satisfy enum value set: [${constraint.values.join(', ')}]`
    case 'keys':
      return `Map keys must satisfy constraint: [${constraint.constraints.map(constraintText).join(', ')}]`
    case 'union':
      return `Member must have exactly one of: [${constraint.names.join(', ')}]`
    default:
      return `${limitTexts[constraint.kind]} ${constraint.limit}`
  }
}

const violationText = ({ path, constraint, value }: Violation): string => {
  const shown = value === undefined ? '' : ` ${value === null ? 'null' : `'${value}'`}`
  return `Value${shown} at '${path}' failed to satisfy constraint: ${constraintText(constraint)}`
}

export const inputErrors = {
  constraints: (violations: readonly Violation[]): ApiError =>
    new ApiError(
      'ValidationException',
      `${violations.length} validation ${violations.length === 1 ? 'error' : 'errors'} detected: ${violations
        .map(violationText)
        .join('; ')}`,
      { rule: 'aws-api/constraints' },
    ),
  wrongType: (path: string, expected: string): ApiError =>
    new ApiError(
      'SerializationException',
      path === '' ? `The request must be ${expected}.` : `The value of '${path}' must be ${expected}.`,
      { rule: 'aws-api/json-types' },
    ),
  pageToken: (): ApiError =>
    new ApiError('ValidationException', 'The NextToken is invalid.', { rule: 'aws-api/page-token' }),
}
